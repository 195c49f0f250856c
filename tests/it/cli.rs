//! The command line as a user meets it: exit codes, messages, pipes.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

use crate::support::daemon;

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let home = tempfile::tempdir().unwrap();
    let output = daemon::command(&home).args(arguments).envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_wrong_configuration_names_every_problem_and_exits_64_before_anything_starts() {
    let variables = [
        ("WATCHTOWER_REDIS_URL", "amqp://guest:hunter2@host"),
        ("WATCHTOWER_DATABASE_URL", "mysql://host/db"),
        ("WATCHTOWER_HTTP_LISTEN", "nonsense"),
        ("WATCHTOWER_TIME_ZONE", "Africa/Lagoz"),
    ];
    for command in ["daemon", "watch", "demo"] {
        let (code, _, stderr) = run(&[command], &variables);
        assert_eq!(code, Some(64), "{command}: {stderr}");
        for (name, _) in variables {
            assert!(stderr.contains(name), "{command} does not name {name}: {stderr}");
        }
        assert!(!stderr.contains("hunter2"), "{stderr}");
    }
}

#[test]
fn an_unknown_rule_is_named() {
    let (code, _, stderr) = run(&["--set", "rules.overspeed.limt_kmh=50", "daemon"], &[]);
    assert_eq!(code, Some(64));
    assert!(stderr.contains("limt_kmh"), "{stderr}");
}

#[test]
fn usage_errors_exit_64_and_help_exits_0() {
    assert_eq!(run(&["fly"], &[]).0, Some(64));
    assert_eq!(run(&["replay", "x.csv", "--speed", "fast"], &[]).0, Some(64));
    let (code, stdout, _) = run(&["--help"], &[]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("demo") && stdout.contains("daemon") && stdout.contains("watch"));
}

#[test]
fn a_missing_recording_exits_66_and_one_without_columns_65() {
    let (code, _, stderr) = run(&["replay", "/no/such/file.csv"], &[]);
    assert_eq!(code, Some(66), "{stderr}");
    assert!(stderr.contains("/no/such/file.csv"), "{stderr}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "name,age\nx,1\n").unwrap();
    let (code, _, stderr) = run(&["replay", file.path().to_str().unwrap()], &[]);
    assert_eq!(code, Some(65), "{stderr}");
    assert!(stderr.contains("no column vehicle_id; found: name, age"), "{stderr}");
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let variables = [("WATCHTOWER_LOCONAV_TOKEN", "hunter2hunter2"), ("WATCHTOWER_LOG_LEVEL", "debug")];
    let (code, stdout, _) = run(&["config", "show"], &variables);
    assert_eq!(code, Some(0));
    assert!(
        stdout.contains("loconav.token") && stdout.contains("(set)") && stdout.contains("debug"),
        "{stdout}"
    );
    assert!(!stdout.contains("hunter2"));
}

#[test]
fn wrong_preferences_are_told_together_with_file_and_key_and_exit_64() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "[dashboard]\ntheme = 'plaid'\nmood = 1\ncolumns = 3\n[dashboard.colours]\nmoving = 'red'\n\
                [dashboard.keys]\nfly = 'x'\n[retention]\nraw_days = 0\n";
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().to_str().unwrap();
    for command in [&["watch"][..], &["demo"], &["config", "show"]] {
        let (code, _, stderr) = run(&[command, &["--config", path]].concat(), &[]);
        assert_eq!(code, Some(64), "{stderr}");
        for key in ["dashboard.theme", "dashboard.mood", "dashboard.columns", "dashboard.colours.moving"] {
            assert!(stderr.contains(&format!("{path}: {key}: ")), "{key} not in {stderr}");
        }
        assert!(stderr.contains("dashboard.keys.fly") && stderr.contains("retention.raw_days"), "{stderr}");
    }
}

#[test]
fn what_config_keys_and_colours_print_can_be_pasted_into_the_file() {
    for what in ["keys", "colours"] {
        let (code, printed, stderr) = run(&["config", what], &[]);
        assert_eq!(code, Some(0), "{stderr}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let changed = printed.replace("[\"n\"]", "[\"x\"]").replace("#5fc9f8", "#00ff7f");
        assert_ne!(printed, changed);
        std::fs::write(file.path(), &changed).unwrap();
        let (code, again, stderr) = run(&["config", what, "--config", file.path().to_str().unwrap()], &[]);
        assert_eq!(code, Some(0), "{stderr}");
        assert_eq!(again, changed);
    }
}

#[test]
fn a_demo_without_a_terminal_prints_live_lines_and_ends_with_its_reader() {
    let home = tempfile::tempdir().unwrap();
    let mut child =
        daemon::command(&home).args(["demo", "--speed", "60"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen: Vec<String> = lines.by_ref().take(4_000).map(Result::unwrap).collect();
    assert!(seen.iter().any(|line| line.contains("position.updated")), "{:?}", seen.first());
    assert!(seen.iter().any(|line| line.contains("truck.status_changed")), "no engine at work");
    drop(lines);
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                child.kill().unwrap();
                panic!("the demo goes on without a reader");
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    assert!(status.success(), "{status}");
}

#[test]
fn a_port_in_use_is_named_before_anything_starts() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, stderr) = run(&["daemon"], &[("WATCHTOWER_HTTP_LISTEN", &address)]);
    assert_eq!(code, Some(69), "{stderr}");
    assert!(stderr.contains("WATCHTOWER_HTTP_LISTEN") && stderr.contains(&address), "{stderr}");
    assert!(!stderr.contains("engine"), "{stderr}");
}

#[test]
fn a_place_for_data_that_cannot_be_is_named_with_its_variable() {
    let (code, _, stderr) = run(&["daemon"], &[("WATCHTOWER_DATA_DIR", "/dev/null")]);
    assert_eq!(code, Some(69), "{stderr}");
    assert!(stderr.contains("WATCHTOWER_DATA_DIR") && stderr.contains("/dev/null"), "{stderr}");
    let (code, _, stderr) = run(&["daemon"], &[("WATCHTOWER_CONFIG", "/no/such/file.toml")]);
    assert_eq!(code, Some(64), "{stderr}");
    assert!(stderr.contains("WATCHTOWER_CONFIG: /no/such/file.toml"), "{stderr}");
}

#[test]
fn a_database_that_says_nothing_is_named_and_does_not_hold_the_process() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://me:hunter2@{}/fleet", silent.local_addr().unwrap());
    let home = tempfile::tempdir().unwrap();
    let mut child = daemon::command(&home)
        .arg("daemon")
        .env("WATCHTOWER_DATABASE_URL", url)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let told = lines.next().unwrap();
    assert!(told.contains("database has not answered yet"), "{told}");
    let asked = Instant::now();
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(69));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_redis_that_is_away_is_named_and_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let mut child = daemon::command(&home)
        .arg("daemon")
        .env("WATCHTOWER_REDIS_URL", "redis://:hunter2@127.0.0.1:1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told: Vec<String> = lines.by_ref().take(2).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(told.iter().all(|line| line.contains("redis cannot be reached, trying again")), "{told:?}");
    assert!(told[0].contains("127.0.0.1:1") && !told[0].contains("hunter2"), "{told:?}");
}
