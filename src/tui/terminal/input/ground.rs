//! What the terminal says of its ground: its colour, as xterm answers OSC 11, or that it
//! became dark or light (mode 2031).

use super::{Report, Shade};

/// An operating system command that came from the terminal: `11;rgb:ffff/ffff/ffff`.
pub(super) fn command(text: &[u8]) -> Option<Report> {
    let text = std::str::from_utf8(text).ok()?;
    shade(text.strip_prefix("11;")?).map(Report::Ground)
}

/// The parameters of a device status report: `?997;1` is dark, `?997;2` light.
pub(super) fn scheme(parameters: &[u8]) -> Option<Report> {
    match parameters {
        b"?997;1" => Some(Report::Ground(Shade::Dark)),
        b"?997;2" => Some(Report::Ground(Shade::Light)),
        _ => None,
    }
}

/// The shade of a colour in X11's spellings, `rgb:` and `#` with one to four digits of each
/// channel; what is behind the third is how far it covers.
fn shade(colour: &str) -> Option<Shade> {
    let [red, green, blue] = match colour.strip_prefix('#') {
        Some(digits) => {
            let each = digits.len() / 3;
            // Slicing by bytes needs bytes.
            if !digits.is_ascii() || each == 0 || digits.len() % 3 != 0 {
                return None;
            }
            [&digits[..each], &digits[each..2 * each], &digits[2 * each..]]
        }
        None => {
            let (channels, count) = match colour.split_once(':')? {
                ("rgb", channels) => (channels, 3),
                ("rgba", channels) => (channels, 4),
                _ => return None,
            };
            let channels: Vec<&str> = channels.split('/').collect();
            let &[red, green, blue, ..] = channels.as_slice() else { return None };
            if channels.len() != count || share(channels[count - 1]).is_none() {
                return None;
            }
            [red, green, blue]
        }
    };
    // Luma of ITU-R BT.601: how bright it looks beside others.
    let luma = 0.299 * share(red)? + 0.587 * share(green)? + 0.114 * share(blue)?;
    Some(if luma < 0.5 { Shade::Dark } else { Shade::Light })
}

/// A channel's value from 0 to 1.
fn share(digits: &str) -> Option<f64> {
    if !(1..=4).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let most = (1_u32 << (4 * digits.len())) - 1;
    u32::from_str_radix(digits, 16).ok().map(|value| f64::from(value) / f64::from(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_dark_or_light_in_every_spelling() {
        let cases = [
            ("rgb:0000/0000/0000", Shade::Dark),
            ("rgb:ffff/ffff/ffff", Shade::Light),
            ("rgb:fdfd/f6f6/e3e3", Shade::Light),
            ("rgb:00/2b/36", Shade::Dark),
            ("rgb:f/f/f", Shade::Light),
            ("rgb:fff/0/00", Shade::Dark),
            ("rgb:0/ffff/0", Shade::Light),
            ("rgba:ffff/ffff/ffff/0000", Shade::Light),
            ("rgba:1e1e/1e1e/2e2e/ffff", Shade::Dark),
            ("#fafafa", Shade::Light),
            ("#123", Shade::Dark),
            ("#eeeeffffeeee", Shade::Light),
        ];
        for (text, expected) in cases {
            assert_eq!(shade(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_colour_says_nothing() {
        for text in [
            "",
            "?",
            "rgb:",
            "rgb:ff/ff",
            "rgb:ff/ff/ff/ff",
            "rgb:ff/ff/fg",
            "rgb:+f/ff/ff",
            "rgb:fffff/0/0",
            "rgb:0/0/ffffffffffffffff",
            "rgba:ff/ff/ff",
            "rgb://",
            "#",
            "#ff",
            "#ffff",
            "#ọ",
            "#€",
            "cmyk:0/0/0",
            "white",
        ] {
            assert_eq!(shade(text), None, "{text}");
        }
        for command_of_others in ["10;rgb:0/0/0", "11", "11;?", "4;1;rgb:0/0/0", "52;c;AAAA"] {
            assert_eq!(command(command_of_others.as_bytes()), None, "{command_of_others}");
        }
        assert_eq!(command(b"11;rgb:\xff/0/0"), None);
        assert_eq!([scheme(b"?997;3"), scheme(b"0"), scheme(b"997;1")], [None; 3]);
    }
}
