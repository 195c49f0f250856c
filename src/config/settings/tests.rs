use super::*;

fn environment(pairs: &[(&str, &str)]) -> Layers {
    let mut layers = Layers::default();
    layers.add_environment(
        [("WATCHTOWER_DATA_DIR", "/tmp/x")]
            .iter()
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    layers
}

#[test]
fn nothing_configured_is_the_embedded_default() {
    let settings = Settings::read(environment(&[])).unwrap();
    assert!(settings.redis.url.is_none() && settings.database.url.is_none());
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.time_zone, chrono_tz::Africa::Lagos);
}

#[test]
fn the_promised_variables_have_their_promised_names() {
    let names: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    for name in [
        "WATCHTOWER_DATA_DIR",
        "WATCHTOWER_REDIS_URL",
        "WATCHTOWER_DATABASE_URL",
        "WATCHTOWER_HTTP_LISTEN",
        "WATCHTOWER_LOCONAV_URL",
        "WATCHTOWER_LOCONAV_TOKEN",
        "WATCHTOWER_LOCONAV_WEBHOOK_SECRET",
        "WATCHTOWER_TIME_ZONE",
    ] {
        assert!(names.iter().any(|found| found == name), "{name}");
    }
}

#[test]
fn all_problems_are_reported_at_once_each_by_its_variable() {
    let mut layers = environment(&[
        ("WATCHTOWER_REDIS_URL", "http://user:hunter2@host"),
        ("WATCHTOWER_HTTP_LISTEN", "8080"),
        ("WATCHTOWER_TIME_ZONE", "Lagos"),
        ("WATCHTOWER_LOCONAV_TOKEN_FILE", "/does/not/exist"),
        ("WATCHTOWER_HTTP_TOKENS", "king:0123456789abcdef"),
        ("WATCHTOWER_LOG_FORMAT", "xml"),
        ("WATCHTOWER_SLACK_TOKEN", "of a later version"),
    ]);
    layers.add_toml("[retention]\nraw_days = 0\ncolour = 'red'\n", "config.toml");
    layers.add_sets(&["nonsense".into(), "log.colour=red".into()]);
    let text = Settings::read(layers).unwrap_err().to_string();
    for place in [
        "WATCHTOWER_REDIS_URL: is no URL",
        "WATCHTOWER_HTTP_LISTEN: \"8080\" is no address",
        "WATCHTOWER_TIME_ZONE: \"Lagos\" is no IANA",
        "WATCHTOWER_LOCONAV_TOKEN_FILE: /does/not/exist: ",
        "WATCHTOWER_HTTP_TOKENS: is no list",
        "WATCHTOWER_LOG_FORMAT: \"xml\"",
        "config.toml: retention.raw_days: \"0\" is no whole",
        "config.toml: retention.colour: no such setting",
        "--set nonsense: is not key=value",
        "--set log.colour: no such setting",
    ] {
        assert!(text.contains(place), "{place} not in\n{text}");
    }
    assert!(!text.contains("hunter2") && !text.contains("0123456789abcdef"), "{text}");
    assert!(!text.contains("SLACK"), "{text}");
}

#[test]
fn a_place_no_server_can_be_at_is_a_problem_of_its_variable() {
    let read = |name: &str, value: &str| Settings::read(environment(&[(name, value)]));
    for (name, value, place) in [
        ("WATCHTOWER_REDIS_URL", "redis://:hunter2@host:port/1", "\"host:port\""),
        ("WATCHTOWER_REDIS_URL", "redis+cluster://a:1,b:70000", "\"b:70000\""),
        (
            "WATCHTOWER_DATABASE_URL",
            "postgres://me:hunter2@[::1]:99999/db?sslmode=disable",
            "\"[::1]:99999\"",
        ),
    ] {
        let text = read(name, value).unwrap_err().to_string();
        assert!(text.contains(&format!("{name}: {place} is no host with a port")), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    for (name, value) in [
        ("WATCHTOWER_REDIS_URL", "redis://host"),
        ("WATCHTOWER_REDIS_URL", "redis+cluster://a:1,b,[::1]:3/"),
        ("WATCHTOWER_DATABASE_URL", "postgres://me:p%40ss@[::1]/db"),
        ("WATCHTOWER_DATABASE_URL", "postgres:///db?host=/run/postgresql"),
    ] {
        assert!(read(name, value).is_ok(), "{value}");
    }
}

#[test]
fn later_layers_win() {
    let mut layers = Layers::default();
    layers.add_toml("data_dir = '/file'\nlog.format = 'json'\nhttp.listen = '127.0.0.1:1'", "f");
    layers.add_environment([("WATCHTOWER_HTTP_LISTEN".to_owned(), "127.0.0.1:2".to_owned())]);
    layers.add_sets(&["http.listen=127.0.0.1:3".into()]);
    let settings = Settings::read(layers).unwrap();
    assert_eq!(settings.http.listen.port(), 3);
    assert_eq!(settings.logging.format, LogFormat::Json);
    assert_eq!(settings.data_dir, PathBuf::from("/file"));
}

#[test]
fn a_secret_from_a_file_loses_its_line_end_and_is_never_shown() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2-hunter2\n").unwrap();
    let layers = environment(&[("WATCHTOWER_LOCONAV_TOKEN_FILE", file.path().to_str().unwrap())]);
    let shown = format!("{:?}", Settings::show(&layers));
    let settings = Settings::read(layers).unwrap();
    assert_eq!(
        secrecy::ExposeSecret::expose_secret(&settings.loconav.token.clone().unwrap()),
        "hunter2-hunter2"
    );
    assert!(!shown.contains("hunter2") && !format!("{settings:?}").contains("hunter2"));
}
