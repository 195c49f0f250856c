//! What goes to the terminal: the same frames through our encoder and through crossterm's
//! backend.

use std::time::Duration;

use cpu_time::ThreadTime;
use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
};
use watchtower::tui::{
    mailbox::{Link, Mailbox},
    map::Map,
    terminal::Encoder,
};

use super::{
    NOW, SIZE, Truck, app, capability, drive, fleet, lagos, marks, names, scene, screen, states, theme,
};

/// One screen at the end of either encoder.
struct Lines {
    encoder: Encoder,
    before: Buffer,
    ours: Vec<usize>,
    theirs: Vec<usize>,
    took: [Duration; 2],
}

impl Lines {
    fn new() -> Self {
        let encoder = Encoder::new(SIZE, capability());
        Self { encoder, before: screen(), ours: Vec::new(), theirs: Vec::new(), took: [Duration::ZERO; 2] }
    }

    fn send(&mut self, next: Buffer) {
        let changed = self.before.diff(&next);
        let mut bytes = Vec::new();
        let start = ThreadTime::now();
        CrosstermBackend::new(&mut bytes).draw(changed.iter().copied()).unwrap();
        self.took[1] += start.elapsed();
        self.theirs.push(bytes.len());
        bytes.clear();
        let start = ThreadTime::now();
        changed.iter().for_each(|(column, row, cell)| self.encoder.want(*column, *row, cell));
        self.encoder.encode(usize::MAX, &mut bytes);
        self.took[0] += start.elapsed();
        self.ours.push(bytes.len());
        self.before = next;
    }

    /// Without the first frame, which has a table of its own.
    fn tell(&self, name: &str) {
        let mean = |bytes: &[usize]| bytes[1..].iter().sum::<usize>() as f64 / (bytes.len() - 1) as f64;
        let (ours, theirs) = (mean(&self.ours), mean(&self.theirs));
        let each = |took: Duration| took.as_secs_f64() * 1e3 / self.ours.len() as f64;
        println!(
            "{name:<46} {ours:>7.0} B  {:.1} × less than crossterm's {theirs:.0} B; encoded in {:.2} ms, {:.2} ms",
            theirs / ours,
            each(self.took[0]),
            each(self.took[1]),
        );
    }
}

pub(super) fn report() {
    let theme = theme();
    let draw = |map: &mut Map, trucks: &[Truck]| {
        let mut buffer = screen();
        let area = buffer.area;
        buffer.set_style(area, theme.base);
        map.render(&scene(&marks(trucks), &names(trucks)), &theme.map, area, &mut buffer);
        buffer
    };
    let (mut map, mut trucks, mut lines) = (lagos(11.0), fleet(500), Lines::new());
    for _ in 0..60 {
        lines.send(draw(&mut map, &trucks));
        drive(&mut trucks, 11.0);
    }
    lines.tell("bytes: 500 trucks move a second");
    for (name, zoom) in [("a city", 11.4), ("a country", 6.5), ("a continent", 3.5)] {
        let (mut map, trucks, mut lines) = (lagos(zoom), fleet(84), Lines::new());
        for _ in 0..20 {
            lines.send(draw(&mut map, &trucks));
            map.pan(1.0, 0.0);
        }
        lines.tell(&format!("bytes: pan of {name} by a cell"));
        let mut lines = Lines::new();
        for _ in 0..20 {
            lines.send(draw(&mut map, &trucks));
            map.pan(20.0, 0.0);
        }
        lines.tell(&format!("bytes: pan of {name} by a key"));
    }
    let (mut app, mailbox, mut lines) = (app(), Mailbox::default(), Lines::new());
    mailbox.put_link(Link::Live);
    mailbox.put_picture(states(&fleet(84)));
    app.take_news(mailbox.take(), NOW);
    for second in 0..60 {
        let (now, mut buffer) = (NOW.plus(Duration::from_secs(second)), screen());
        app.tick(now);
        app.draw(buffer.area, &mut buffer, now);
        lines.send(buffer);
    }
    println!(
        "{:<46} {:>7} B  crossterm's {} B",
        "bytes: first frame, 84 trucks", lines.ours[0], lines.theirs[0]
    );
    lines.tell("bytes: idle tick, 84 trucks");
}
