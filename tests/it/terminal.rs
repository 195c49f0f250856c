//! The dashboard in a real terminal: the built binary in tmux, run from a
//! shell as people run it.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use watchtower::tui::keymap::KEYMAP;

use crate::support::{
    daemon::{Daemon, command, eventually},
    install_tls,
    redis::RedisServer,
    tmux::{Modes, PATIENCE, Process, Size, Tmux},
};

mod hosts;
mod leaving;
mod past;

/// Tells the terminal's settings before and after; what it prints begins on an
/// empty screen.
fn launch(terminal: &Tmux, program: &str) {
    // It says that what is on the screen is of this program and not of the last.
    let _ = fs::remove_file(terminal.home().join("after"));
    let before = r"printf '\033[2J\033[H'; stty -a >before";
    terminal.type_line(&format!("{before}; {program}; code=$?; stty -a >after; echo code=$code"));
}

/// Runs `watch` until its first frame.
fn watch(terminal: &Tmux) -> Process {
    launch(terminal, "watchtower watch");
    terminal.wait_for("WATCH TOWER");
    assert_eq!(terminal.modes(), Modes::DASHBOARD);
    terminal.child()
}

/// Waits for the program's end with this code; the terminal must be as it was.
fn ended(terminal: &Tmux, code: u8) -> String {
    ended_as(terminal, code, Modes::SHELL)
}

/// The same where the shell had the terminal in these modes.
fn ended_as(terminal: &Tmux, code: u8, modes: Modes) -> String {
    // The line typed may have been wrapped before its `code=$code`.
    let is_code = |line: &str| {
        line.strip_prefix("code=").is_some_and(|code| code.starts_with(|c: char| c.is_ascii_digit()))
    };
    let after = terminal.home().join("after");
    let screen = terminal
        .wait(&format!("the end with {code}"), |screen| after.exists() && screen.lines().any(is_code));
    assert!(screen.contains(&format!("code={code}\n")), "{screen}");
    assert_eq!(terminal.modes(), modes);
    let settings = |name: &str| {
        let settings = fs::read_to_string(terminal.home().join(name)).unwrap();
        // The first line has the size, which tests change.
        settings.lines().skip(1).collect::<Vec<_>>().join("\n")
    };
    let (before, after) = (settings("before"), settings("after"));
    assert!(before.contains(" echo "), "{before}");
    assert_eq!(before, after);
    screen
}

/// Whether a frame fills a terminal of this size, its last line included.
fn fills(screen: &str, (columns, rows): Size) -> bool {
    let lines: Vec<&str> = screen.lines().collect();
    lines.len() == usize::from(rows)
        && lines[0].contains('⚠')
        && lines[1].ends_with('╮')
        && lines[1].chars().count() == usize::from(columns)
        && lines.last().is_some_and(|line| line.contains("q quit"))
}

fn is_plate(word: &str) -> bool {
    let word = word.as_bytes();
    word.len() == 8
        && word[0] == b'T'
        && word.ends_with(b"LA")
        && word[1..6].iter().all(|byte| byte.is_ascii_digit())
}

/// The rows of the fleet list at the left edge: screen row, plate, the rest.
fn fleet_rows(screen: &str) -> Vec<(usize, String, String)> {
    let row = |(index, line): (usize, &str)| {
        let cells: Vec<char> = line.chars().collect();
        let plate: String = cells.get(3..11)?.iter().collect();
        is_plate(&plate).then(|| (index, plate, cells[11..].iter().take(26).collect()))
    };
    screen.lines().enumerate().filter_map(row).collect()
}

/// Whether all of the demo's trucks have reported: rows do not move any more.
fn shows_fleet(screen: &str) -> bool {
    screen.lines().nth(1).is_some_and(|line| line.contains(" 84 ")) && fleet_rows(screen).len() > 4
}

/// An Escape with a key right behind it would be another key.
fn close_help(terminal: &Tmux) -> String {
    terminal.key("Escape");
    terminal.wait("the help closed", |screen| !screen.contains("this help"))
}

/// Where the map's frame is: left, top, right, bottom.
fn map_frame(screen: &str) -> (usize, usize, usize, usize) {
    let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
    let title: Vec<char> = "╭ 1 Map ".chars().collect();
    let left = lines[1].windows(title.len()).position(|cells| cells == title).expect("the map is shown");
    let right = left + lines[1][left..].iter().position(|cell| *cell == '╮').unwrap();
    let bottom = (1..lines.len()).find(|row| lines[*row].get(left) == Some(&'╰')).unwrap();
    (left, 1, right, bottom)
}

/// The zoom in the map's title.
fn zoom(screen: &str) -> f64 {
    let words = screen.lines().nth(1).unwrap_or_default().split_whitespace();
    words.filter_map(|word| word.strip_prefix('z')?.parse().ok()).next().unwrap_or(0.0)
}

/// The parameters of every style sequence.
fn styles(output: &str) -> Vec<Vec<u16>> {
    let parse = |part: &str| {
        let (parameters, _) = part.split_once('m')?;
        let digits = parameters.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':');
        digits.then(|| parameters.split([';', ':']).filter_map(|number| number.parse().ok()).collect())
    };
    output.split("\u{1b}[").skip(1).filter_map(parse).collect()
}

fn recorded(file: &Path) -> String {
    String::from_utf8(fs::read(file).unwrap()).expect("a program writes whole characters")
}

#[test]
fn the_demo_shows_its_first_frame_at_once_and_fits_every_size() {
    let small = (80, 24);
    let terminal = Tmux::start(small, &[]);
    let begun = Instant::now();
    launch(&terminal, "watchtower demo --speed 20");
    terminal.wait_for("WATCH TOWER");
    let first = begun.elapsed();
    println!("first frame after {} ms", first.as_millis());
    assert!(first < Duration::from_secs(20), "{first:?}");
    terminal.wait("the fleet", |screen| shows_fleet(screen) && fills(screen, small));
    println!("first trucks after {} ms", begun.elapsed().as_millis());
    for size in [(200, 50), (40, 12)] {
        terminal.resize(size);
        terminal.wait(&format!("a frame at {size:?}"), |screen| fills(screen, size));
    }
    for size in [(12, 4), (200, 2), (2, 50), (1, 1)] {
        terminal.resize(size);
        // Nothing to wait for where next to nothing is shown; time to draw it.
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(terminal.child().runs());
    terminal.resize(small);
    terminal.wait("a frame as at first", |screen| shows_fleet(screen) && fills(screen, small));
    terminal.type_text("q");
    ended(&terminal, 0);
}

#[test]
fn without_colours_none_is_sent_and_the_cursor_still_shows() {
    let terminal = Tmux::start((120, 40), &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    let output = terminal.record();
    launch(&terminal, "watchtower demo --speed 20");
    terminal.wait("the fleet", shows_fleet);
    terminal.type_text("2j");
    let screen = terminal.wait("a selected truck", |screen| !screen.contains("3 Truck"));
    let (row, plate, _) = fleet_rows(&screen).swap_remove(0);
    assert!(screen.contains(&format!("3 {plate}")), "{screen}");
    let styled = terminal.styled();
    let line = styled.lines().nth(row).unwrap();
    assert!(styles(line).iter().any(|style| style.contains(&7)), "no reverse video: {line:?}");

    let written = recorded(&output);
    assert!(written.contains("WATCH TOWER"));
    let is_colour = |number: &u16| matches!(number, 30..=49 | 58 | 90..=107);
    let coloured: Vec<_> = styles(&written).into_iter().filter(|style| style.iter().any(is_colour)).collect();
    assert!(coloured.is_empty(), "{} of them: {:?}", coloured.len(), coloured.first());

    let demo = terminal.child();
    terminal.vanish();
    println!("the demo: gone {} ms after its terminal", gone(demo, "the demo").as_millis());
}

#[test]
fn a_poor_terminal_gets_only_what_it_can_show() {
    let terminal = Tmux::start((120, 40), &[]);
    let output = terminal.record();
    launch(&terminal, "LANG=C TERM=linux watchtower demo --speed 20");
    terminal.wait("the fleet", shows_fleet);
    terminal.type_text("?");
    terminal.wait_for("this help");
    close_help(&terminal);
    terminal.type_text("2jz");
    terminal.wait("the fleet alone", |screen| !screen.contains("+ 1 Map"));
    terminal.type_text("q");
    ended(&terminal, 0);
    let written = recorded(&output);
    assert!(written.contains("WATCH TOWER"));
    let beyond: String = written.chars().filter(|c| !c.is_ascii()).take(40).collect();
    assert!(beyond.is_empty(), "{beyond:?}");

    // The Linux console in UTF-8: box drawing and blocks, no braille.
    let terminal = Tmux::start((120, 40), &[]);
    let output = terminal.record();
    launch(&terminal, "TERM=linux watchtower watch");
    terminal.wait_for("1 Map");
    terminal.type_text("q");
    ended(&terminal, 0);
    let written = recorded(&output);
    assert!(written.contains('│'));
    assert!(!written.contains(|c| ('\u{2800}'..='\u{28ff}').contains(&c)));
}

#[test]
fn keys_and_mouse_do_what_they_say() {
    let terminal = Tmux::start((120, 40), &[("COLORTERM", "truecolor")]);
    launch(&terminal, "watchtower demo --speed 20");
    terminal.wait("the fleet", shows_fleet);

    terminal.type_text("?");
    let mut help = terminal.wait_for("this help");
    // It is longer than the screen; what an estimate looks like is its end.
    for _ in 0..3 {
        terminal.key("PageDown");
    }
    help.push_str(&terminal.wait_for("an estimate"));
    for binding in KEYMAP {
        let (keys, meaning) = (binding.names(), binding.help);
        let told = |line: &str| {
            line.match_indices(&keys).any(|(at, _)| line[at + keys.len()..].trim_start().starts_with(meaning))
        };
        assert!(help.lines().any(told), "{keys}: {meaning} is not in the help:\n{help}");
    }
    let screen = close_help(&terminal);

    let (row, plate, _) = fleet_rows(&screen).swap_remove(3);
    terminal.mouse(0, (5, row));
    let screen = terminal.wait_for(&format!("3 {plate}"));

    let (left, top, right, bottom) = map_frame(&screen);
    let middle = ((left + right) / 2, (top + bottom) / 2);
    let before = zoom(&screen);
    terminal.mouse(64, middle);
    let closer = zoom(&terminal.wait("a closer map", |screen| zoom(screen) > before));
    terminal.mouse(65, middle);
    terminal.wait("a map from further away", |screen| zoom(screen) < closer);

    let parked = fleet_rows(&screen);
    let (_, parked, _) = parked
        .iter()
        .find(|(_, other, rest)| *other != plate && rest.contains("parked"))
        .unwrap_or_else(|| panic!("no truck is parked:\n{screen}"));
    terminal.type_text("/");
    terminal.wait_for("Enter show");
    terminal.type_text(parked);
    terminal.key("Enter");
    terminal.wait("the truck in the middle of the map", |screen| {
        // Of an even number of rows the middle lies between two.
        let middle_rows = screen.lines().skip(middle.1).take(2);
        let in_the_middle = middle_rows.map(|line| {
            let around: String = line.chars().skip(middle.0 - 12).take(24).collect();
            around.contains(parked.as_str())
        });
        screen.contains(&format!("3 {parked}")) && zoom(screen) >= 13.0 && in_the_middle.max() == Some(true)
    });
    terminal.type_text("q");
    ended(&terminal, 0);
}

const SECRET: &str = "a-secret-of-the-fleet";

/// A daemon on embedded data with a fleet of the demo's size and an open alert.
struct Fleet {
    daemon: Daemon,
    http: Client,
}

impl Fleet {
    async fn start() -> Self {
        install_tls();
        let daemon = Daemon::start(&[("WATCHTOWER_LOCONAV_WEBHOOK_SECRET", SECRET)]);
        let fleet = Self { daemon, http: Client::new() };
        let now = || chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let fixes: Vec<Value> = (0..84)
            .map(|truck| {
                json!({"vehiclenumber": format!("T{truck:05}LA"), "gpstime": now(), "ignition": "1",
                    "latitude": 6.4 + f64::from(truck) * 0.001, "longitude": 3.4, "speed": 30})
            })
            .collect();
        fleet.push("/webhooks/loconav", &json!(fixes)).await;
        let alert = json!({"id": 1, "kind": "OverspeedAlert", "vehicle_number": "T00007LA", "event_key": "k-1",
            "active_event_time": now(), "active_event_latitude": 6.407, "active_event_longitude": 3.4,
            "created_at": now(), "speed": 88.0});
        fleet.push("/webhooks/loconav/alert", &alert).await;
        fleet.await_alert("T00007LA").await;
        fleet
    }

    async fn push(&self, path: &str, body: &Value) {
        let body = body.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let request = self.http.post(self.daemon.url(path)).header("X-LocoNav-Signature", signature);
        assert_eq!(request.body(body).send().await.unwrap().status(), StatusCode::ACCEPTED);
    }

    /// Waits until the API's alerts mention this.
    async fn await_alert(&self, words: &str) {
        eventually(words, PATIENCE, || async {
            let answer = self.http.get(self.daemon.url("/api/v1/alerts")).send().await;
            let text = answer.map_err(|error| error.to_string())?.text().await;
            let text = text.map_err(|error| error.to_string())?;
            if text.contains(words) { Ok(()) } else { Err(text) }
        })
        .await;
    }

    /// A terminal whose `watch` looks at it.
    fn terminal(&self, size: Size) -> Tmux {
        Tmux::start(size, &[("WATCHTOWER_DATA_DIR", self.daemon.data_dir().path().to_str().unwrap())])
    }
}

#[tokio::test]
async fn an_acknowledged_alert_shows_as_such_and_reaches_the_daemon() {
    let fleet = Fleet::start().await;
    let terminal = fleet.terminal((200, 50));
    watch(&terminal);
    terminal.wait_for("1 open");
    terminal.type_text("n");
    terminal.wait_for("3 T00007LA");
    terminal.type_text("a");
    terminal.wait_for("acknowledged: T00007LA overspeed");
    let screen = terminal.wait_for("0 open");
    assert!(screen.contains("✓ high T00007LA overspeed"), "{screen}");
    fleet.await_alert("amina").await;
    terminal.type_text("q");
    ended(&terminal, 0);
}

#[tokio::test]
async fn an_idle_dashboard_costs_little() {
    let fleet = Fleet::start().await;
    let terminal = fleet.terminal((120, 40));
    let dashboard = watch(&terminal);
    terminal.wait("the fleet", |screen| screen.contains("84 ╮"));
    // The past is read behind the first frames.
    std::thread::sleep(Duration::from_secs(2));
    let (begun, before) = (Instant::now(), dashboard.processor_time());
    std::thread::sleep(Duration::from_secs(10));
    let used = dashboard.processor_time() - before;
    let percent = 100.0 * used.as_secs_f64() / begun.elapsed().as_secs_f64();
    let megabytes = dashboard.resident_bytes() >> 20;
    println!("watch of 84 trucks, idle: {percent:.1} % of a processor, {megabytes} MB resident");
    assert!(percent < 50.0, "{percent:.1} %");
    assert!(megabytes < 300, "{megabytes} MB");
}

/// Waits for the end of a process whose terminal is gone; returns how long it took.
fn gone(process: Process, name: &str) -> Duration {
    let begun = Instant::now();
    while process.runs() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{name} outlives its terminal");
        std::thread::sleep(Duration::from_millis(10));
    }
    begun.elapsed()
}

#[test]
fn a_redis_that_is_away_is_told_and_waited_for_at_the_start_and_later() {
    let mut redis = RedisServer::start();
    let (url, address) = (redis.url(), format!("127.0.0.1:{}", redis.port()));
    redis.kill();
    let terminal = Tmux::start((200, 50), &[("WATCHTOWER_REDIS_URL", &url)]);
    launch(&terminal, "watchtower watch");
    let told = terminal.wait_for("trying again, Ctrl-C leaves");
    assert!(told.contains(&address), "{told}");
    assert_eq!(terminal.modes(), Modes::SHELL);
    terminal.key("C-c");
    let screen = ended(&terminal, 69);
    assert!(screen.contains("stopped while waiting"), "{screen}");

    launch(&terminal, "watchtower watch");
    terminal.wait_for("trying again, Ctrl-C leaves");
    redis.restart();
    terminal.wait_for("WATCH TOWER");
    assert_eq!(terminal.modes(), Modes::DASHBOARD);

    redis.kill();
    let screen = terminal.wait_for("reconnecting");
    assert!(screen.contains(&address), "{screen}");
    let begun = Instant::now();
    terminal.type_text("?");
    terminal.wait_for("this help");
    println!("a key without Redis: answered after {} ms", begun.elapsed().as_millis());
    close_help(&terminal);
    redis.restart();
    terminal.wait_for("connected again after");
    terminal.wait("a live status", |screen| !screen.contains("reconnecting"));
    terminal.type_text("q");
    ended(&terminal, 0);
}

#[test]
fn without_a_terminal_watch_says_so_and_exits_64() {
    let home = tempfile::tempdir().unwrap();
    // Nobody listens there: it must not be waited for.
    let output =
        command(&home).arg("watch").env("WATCHTOWER_REDIS_URL", "redis://127.0.0.1:1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{told}");
    assert!(told.contains("the dashboard needs a terminal: standard input is none"), "{told}");
    assert!(output.stdout.is_empty());

    let terminal = Tmux::start((100, 24), &[]);
    for (program, stream) in [
        ("watchtower watch >nowhere", "standard output is none"),
        ("watchtower watch </dev/null", "standard input is none"),
    ] {
        launch(&terminal, program);
        let screen = ended(&terminal, 64);
        assert!(screen.contains(stream), "{screen}");
    }
}
