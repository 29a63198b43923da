//! Bytes to text: UTF-8, or the reason why not.

/// Why bytes are no text.
pub(super) struct NotText {
    /// What is wrong, to stand behind the file's name.
    pub(super) why: String,
    pub(super) help: Option<&'static str>,
}

/// The text of a file, a byte order mark included: positions are those of the bytes.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    if is_utf16(&bytes) {
        let help = Some("convert it: `iconv -f UTF-16 -t UTF-8`");
        return Err(NotText { why: "is UTF-16 text; Kubernetes tools want UTF-8".to_string(), help });
    }
    if let Some(nul) = bytes.iter().position(|byte| *byte == 0) {
        let why = format!("is a binary file: a zero byte at {}", place(&bytes, nul));
        return Err(NotText { why, help: None });
    }
    String::from_utf8(bytes).map_err(|error| {
        let bad = error.utf8_error();
        let at = bad.valid_up_to();
        let bytes = error.as_bytes();
        let place = place(bytes, at);
        match (bad.error_len(), bytes.get(at)) {
            (Some(_), Some(byte)) => NotText {
                why: format!("is no UTF-8 text: byte 0x{byte:02x} at {place}"),
                help: Some("save it as UTF-8: `iconv -f LATIN1 -t UTF-8`, if it is Latin-1"),
            },
            (_, _) => NotText {
                why: format!("is cut off: its last character begins at {place} and is not whole"),
                help: Some("copy the file again"),
            },
        }
    })
}

/// A byte order mark of UTF-16, or a first character with a zero byte beside it.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, 0, second, 0, ..] | [0, first, 0, second, ..] => *first != 0 && *second != 0,
        _ => false,
    }
}

/// Line and column, both from 1, columns in characters as far as there are any.
fn place(bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.split(|byte| *byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(before.get(start..).unwrap_or(&[])).chars().count() + 1;
    format!("line {line}, column {column}")
}
