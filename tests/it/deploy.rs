//! What is handed over for running the service: the example says what the program does, and nothing gives visitors away.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use signpost::config::{Config, Overrides};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn handed_over(name: &str) -> String {
    let path = repository().join("deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn load(text: &str) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signpost.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file), &Overrides::default()).map_err(|error| error.0)
}

/// A line such as `#admin_email = "…"`: a setting that is not made by default. Other comments have a space.
fn is_optional(line: &str) -> bool {
    line.starts_with('#') && !line.starts_with("# ") && line.contains(" = ")
}

#[test]
fn the_example_configuration_is_what_the_program_does_without_one() {
    let config = load(&handed_over("signpost.example.toml")).expect("the example is right");
    assert_eq!(format!("{config:#?}"), format!("{:#?}", Config::default()));
}

#[test]
fn every_setting_of_the_example_that_is_not_made_is_one() {
    let example = handed_over("signpost.example.toml");
    let made: Vec<&str> = example.lines().map(|line| if is_optional(line) { &line[1..] } else { line }).collect();
    let mistakes = load(&made.join("\n")).err().unwrap_or_default();
    // The file of searches is somebody's own.
    let others: Vec<&String> = mistakes.iter().filter(|mistake| !mistake.contains("`index.judged_queries`")).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn every_setting_there_is_stands_in_the_example() {
    let example = handed_over("signpost.example.toml");
    let told: BTreeSet<&str> = example
        .lines()
        .filter(|line| is_optional(line) || !line.starts_with('#'))
        .filter_map(|line| line.trim_start_matches('#').split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    let read = keys_read_in(&repository().join("src/config"));
    assert!(read.len() > 30, "the settings are found where they are read: {read:?}");
    let untold: Vec<&String> =
        read.iter().filter(|key| !told.contains(key.as_str()) && !key.ends_with("_file")).collect();
    assert!(untold.is_empty(), "{untold:?}");
}

/// The keys that the code asks the tables of the configuration for.
fn keys_read_in(folder: &Path) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for asking in ["&mut table, \"", "(table, \"", "number(\"", "seconds(\"", "table, [\""] {
            for part in code.split(asking).skip(1) {
                keys.extend(part.split('"').next().map(ToOwned::to_owned));
            }
        }
    }
    keys
}

#[test]
fn the_proxy_writes_down_no_address_and_nothing_that_was_typed() {
    let proxy = handed_over("nginx.conf");
    let format = proxy.lines().find(|line| line.trim_start().starts_with("log_format")).unwrap();
    for given_away in ["$remote_addr", "$request ", "$request_uri", "$args", "$query_string", "$http_"] {
        assert!(!format.contains(given_away), "{given_away} in {format}");
    }
    assert!(proxy.contains("proxy_set_header X-Forwarded-For $remote_addr;"), "a caller's own header is not passed on");
}

#[test]
fn no_container_and_no_unit_runs_as_root_or_writes_beside_its_data() {
    let container = handed_over("Containerfile");
    assert!(container.contains("\nUSER 10001:10001\n") && container.contains("\nHEALTHCHECK "), "{container}");
    let compose = handed_over("compose.yaml");
    assert!(compose.contains("read_only: true") && compose.contains("cap_drop: [ALL]"), "{compose}");
    let unit = handed_over("signpost.service");
    for hardening in
        ["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "MemoryMax=", "SystemCallFilter="]
    {
        assert!(unit.lines().any(|line| line.starts_with(hardening)), "{hardening}");
    }
}

/// What a program says that ends well; `None`, with a line that says so, where it is not installed.
fn told_by(command: &mut Command) -> Option<String> {
    let output = match command.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("left out: {} is not installed", command.get_program().display());
            return None;
        }
        output => output.expect("the program starts"),
    };
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {told}");
    Some(told)
}

#[test]
fn the_proxy_takes_the_configuration_that_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::create_dir(at("tls")).unwrap();
    std::fs::write(at("mime.types"), "types { text/html html; }").unwrap();
    let (key, certificate) = (at("tls/privkey.pem"), at("tls/fullchain.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]);
    if told_by(openssl.args(["-keyout", &key, "-out", &certificate])).is_none() {
        return;
    }
    // Its files and sockets stand in the folder, so that nobody need be root for it, and no name is looked up.
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|of| format!("{of}_temp_path {};\n", at(of))).concat();
    let proxy = handed_over("nginx.conf")
        .replace("\nhttp {\n", &format!("\nhttp {{\n{folders}"))
        .replace("/etc/nginx/", &at(""))
        .replace("/run/nginx.pid", &at("nginx.pid"))
        .replace("/dev/stdout", &at("access.log"))
        .replace("listen [::]:", &format!("listen unix:{}", at("six-")))
        .replace("listen 80", &format!("listen unix:{}", at("80")))
        .replace("listen 443", &format!("listen unix:{}", at("443")))
        .replace("server api-1:", "server 127.0.0.1:")
        .replace("server api-2:", "server 127.0.0.1:");
    std::fs::write(at("nginx.conf"), proxy).unwrap();
    told_by(Command::new("nginx").args(["-t", "-p", &at(""), "-c", &at("nginx.conf")]));
}

#[test]
fn the_system_takes_the_unit_that_is_handed_over_and_knows_every_key_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signpost.service");
    let unit = handed_over("signpost.service");
    let program = format!("ExecStart={}", env!("CARGO_BIN_EXE_signpost"));
    assert!(unit.contains("\nExecStart=/usr/local/bin/signpost "), "{unit}");
    std::fs::write(&file, unit.replace("ExecStart=/usr/local/bin/signpost", &program)).unwrap();
    // What it says of other units is theirs; a key that it does not know is only told.
    let told = told_by(Command::new("systemd-analyze").arg("verify").arg(&file)).unwrap_or_default();
    assert!(!told.contains("signpost.service"), "{told}");
}
