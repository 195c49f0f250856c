//! Text in other encodings than UTF-8, by its byte order mark or by what an XML file
//! says of itself, read as UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::Bytes;

/// So much is decoded at a time, bytes of UTF-8.
const CHUNK: usize = 1 << 14;

/// How a text is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Written {
    /// As we read it, after a mark of so many bytes.
    Utf8 { mark: usize },
    /// Otherwise.
    In(&'static Encoding),
}

impl Written {
    /// How a text is written that begins with `head`; an error names the encoding that
    /// nobody knows.
    pub(super) fn of(head: &[u8]) -> Result<Self, String> {
        match head {
            [0xef, 0xbb, 0xbf, ..] => Ok(Self::Utf8 { mark: 3 }),
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err("UTF-32".into()),
            [0xff, 0xfe, ..] => Ok(Self::In(UTF_16LE)),
            [0xfe, 0xff, ..] => Ok(Self::In(UTF_16BE)),
            // Two characters of ASCII.
            [a, 0, b, 0, ..] if *a > 0 && *b > 0 => Ok(Self::In(UTF_16LE)),
            [0, a, 0, b, ..] if *a > 0 && *b > 0 => Ok(Self::In(UTF_16BE)),
            _ => match declared(head) {
                None => Ok(Self::Utf8 { mark: 0 }),
                Some(name) => Self::declared_as(name),
            },
        }
    }

    fn declared_as(name: &[u8]) -> Result<Self, String> {
        match Encoding::for_label_no_replacement(name) {
            // Whose declaration can be read byte by byte is not in UTF-16, as programs
            // say that keep their text so.
            Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(Self::Utf8 { mark: 0 }),
            Some(encoding) if encoding == UTF_8 => Ok(Self::Utf8 { mark: 0 }),
            Some(encoding) => Ok(Self::In(encoding)),
            None => Err(String::from_utf8_lossy(name).into_owned()),
        }
    }
}

/// The encoding that an XML file says it is written in.
fn declared(head: &[u8]) -> Option<&[u8]> {
    let head = head.strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|two| two == b"?>")?;
    let at = head[..end].windows(8).position(|word| word == b"encoding")?;
    let value = head[at + 8..end].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    Some(&value[..value.iter().position(|byte| byte == quote)?])
}

/// Bytes of another encoding as UTF-8, their mark left out. What stands for no
/// character becomes U+FFFD.
pub(super) struct Decoded {
    from: Bytes,
    decoder: Decoder,
    /// Decoded and not yet read.
    ready: io::Cursor<Vec<u8>>,
    over: bool,
}

impl Decoded {
    pub(super) fn new(from: Bytes, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { from, decoder, ready: io::Cursor::default(), over: false }
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 || self.over || buffer.is_empty() {
                return Ok(count);
            }
            let chunk = self.from.fill_buf()?;
            let last = chunk.is_empty();
            let ready = self.ready.get_mut();
            ready.resize(CHUNK, 0);
            let (result, read, written, _) = self.decoder.decode_to_utf8(chunk, ready, last);
            ready.truncate(written);
            self.ready.set_position(0);
            self.from.consume(read);
            self.over = last && result == CoderResult::InputEmpty;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_told_by_its_mark_then_by_what_the_file_says() {
        let of = |head: &[u8]| Written::of(head);
        assert_eq!(of(b"\xef\xbb\xbfvehicle"), Ok(Written::Utf8 { mark: 3 }));
        assert_eq!(of(b"vehicle"), Ok(Written::Utf8 { mark: 0 }));
        assert_eq!(of(b"<\0?\0x\0m\0"), Ok(Written::In(UTF_16LE)), "without a mark");
        assert_eq!(of(b"\0<\0?\0x\0m"), Ok(Written::In(UTF_16BE)));
        let said = |name: &str| of(format!("<?xml version=\"1.0\" encoding = '{name}' ?><gpx/>").as_bytes());
        assert_eq!(said("ISO-8859-1"), Ok(Written::In(encoding_rs::WINDOWS_1252)));
        assert_eq!(said("Windows-1251"), Ok(Written::In(encoding_rs::WINDOWS_1251)));
        assert_eq!(said("utf-8"), Ok(Written::Utf8 { mark: 0 }));
        assert_eq!(said("utf-16"), Ok(Written::Utf8 { mark: 0 }), "which it is not, as one sees");
        assert_eq!(said("x-ebcdic"), Err("x-ebcdic".into()));
        assert_eq!(of(b"<?xml version='1.0'?><gpx a=\"encoding='x'\"/>"), Ok(Written::Utf8 { mark: 0 }));
        assert_eq!(of(b"\xff\xfe\0\0v\0\0\0"), Err("UTF-32".into()));
    }
}
