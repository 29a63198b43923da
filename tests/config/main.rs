//! `unmesh.toml` from outside: where it is found, what it changes, and what is said of it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "helpers of tests: what cannot run has failed"
)]

mod docs;
mod errors;
mod found;
mod in_force;
mod init;
mod scope;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// How a run ended.
#[derive(PartialEq, Eq, Debug)]
struct End {
    status: i32,
    stdout: String,
    stderr: String,
}

/// A repository of its own.
struct Place {
    dir: TempDir,
}

impl Place {
    /// A directory with `.git` and these files.
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(place.path().join(".git")).unwrap();
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn run(&self, args: &[&str]) -> End {
        self.run_in("", args, None)
    }

    /// Runs in a directory below, with something on standard input.
    fn run_in(&self, below: &str, args: &[&str], stdin: Option<&str>) -> End {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
        command.args(args).current_dir(self.path().join(below)).env_remove("CLICOLOR_FORCE");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = match stdin {
            None => command.stdin(Stdio::null()).output().unwrap(),
            Some(text) => {
                let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
                std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
                child.wait_with_output().unwrap()
            }
        };
        End {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The JSON of a run.
    fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
        let end = self.run(&args);
        serde_json::from_str(&end.stdout).unwrap_or_else(|_| panic!("{args:?}: {end:?}"))
    }
}

/// The findings of one code, as file and severity.
fn of_code(run: &Value, code: &str) -> Vec<(String, String)> {
    let all = run["findings"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap_or("").to_string();
    let own = all.iter().filter(|finding| finding["code"] == code);
    own.map(|finding| (word(&finding["file"]), word(&finding["severity"]))).collect()
}

/// A policy that asks an authorizer: what it asks about is refused, or nothing is written where that
/// is accepted (UM212).
fn custom(name: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  action: CUSTOM\n  provider: {{name: opa}}\n  \
         rules:\n  - to:\n    - operation: {{ports: [\"8080\"]}}\n"
    )
}

/// A policy that Istio refuses: it keeps all output back until it is accepted (UM010).
fn unreadable(name: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  action: ALOW\n"
    )
}

/// A policy of a header that nothing but a proxy reads (UM202, narrows).
fn header(name: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  rules:\n  - to:\n    - operation: {{ports: [\"80\"]}}\n    \
         when:\n    - {{key: \"request.headers[x]\", values: [a]}}\n"
    )
}
