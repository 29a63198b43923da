//! The peak memory of `lint` on one file of 50 MB.

use crate::input;

const SIZE: usize = 50_000_000;

pub(crate) fn run() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("large.yaml");
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= SIZE {
            break;
        }
        text.push_str(&input::application(number));
    }
    std::fs::write(&file, &text).expect("the file is written");
    match crate::lint(&file).map(|run| run.peak) {
        Some(Some(kib)) => crate::say("peak memory for 50 MB", kib / 1_048_576.0, " GiB", 1.5),
        Some(None) => println!("peak memory for 50 MB: not known on this system"),
        None => println!("peak memory for 50 MB: not known, missed"),
    }
}
