//! The fields of one element, found and read the way real senders write them:
//! names in any case and with or without `_`, numbers as text, empty for absent.

use serde_json::{Map, Value, value::RawValue};

use super::{Refusal, RefusalClass, reader::not_an_object};

/// The most values one element may hold: a parsed value takes many times the
/// memory of the two bytes it can be written in.
const MAX_VALUES: usize = 100_000;

/// One element's fields.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

/// A field that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// As the sender wrote it.
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
}

impl Fields {
    pub(super) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// Reads an element; it must be an object.
    pub(super) fn read(raw: &RawValue) -> Result<Self, Refusal> {
        if raw.get().bytes().filter(|byte| *byte == b',').count() > MAX_VALUES {
            let reason = format!("element: more than {MAX_VALUES} values");
            return Err(Refusal::new(RefusalClass::Type, reason));
        }
        match serde_json::from_str(raw.get()) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(other) => Err(not_an_object(&other)),
            Err(error) => {
                let field = before(raw.get(), &error).unwrap_or("element");
                Err(Refusal::new(RefusalClass::Syntax, format!("{field}: {error}")))
            }
        }
    }

    /// Fields of a query string or a form. The first of equal names wins.
    pub(super) fn of_form(text: &[u8]) -> Self {
        let mut map = Map::new();
        for (name, value) in form_urlencoded::parse(text) {
            map.entry(name).or_insert_with(|| Value::String(value.into_owned()));
        }
        Self(map)
    }

    /// The first of `names` that is there and not empty. Exact names go first,
    /// so that a sender's `speed` is not hidden by its `Speed`.
    pub(super) fn find(&self, names: &[&str]) -> Option<Field<'_>> {
        let exact = names.iter().find_map(|name| self.0.get_key_value(*name).filter(|(_, v)| is_there(v)));
        let found = exact.or_else(|| {
            names.iter().find_map(|name| self.0.iter().find(|(key, v)| alike(key, name) && is_there(v)))
        });
        found.map(|(name, value)| Field { name, value })
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.find(names).is_some()
    }

    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

/// The name that stands last before an error: of the field it is in.
fn before<'a>(text: &'a str, error: &serde_json::Error) -> Option<&'a str> {
    let lines = text.split_inclusive('\n').take(error.line().checked_sub(1)?);
    let end = lines.map(str::len).sum::<usize>() + error.column();
    let (name, _) = text.get(..end)?.rsplit_once("\":")?;
    name.rsplit('"').next().filter(|name| !name.is_empty())
}

impl Field<'_> {
    /// Text, or a number written as such.
    pub(super) fn text(self) -> Result<String, Refusal> {
        match self.value {
            Value::String(text) => Ok(text.trim().to_owned()),
            Value::Number(number) => Ok(number.to_string()),
            other => Err(self.wrong("text", other)),
        }
    }

    /// A number, maybe as text, maybe NaN: the range is the caller's business.
    pub(super) fn number(self) -> Result<f64, Refusal> {
        match self.value {
            Value::Number(number) => number.as_f64().ok_or_else(|| self.wrong("a number", self.value)),
            Value::String(text) => text.trim().parse().map_err(|_| self.wrong("a number", self.value)),
            other => Err(self.wrong("a number", other)),
        }
    }

    /// A flag: `true`, `1`, `"1"`, `"on"`, `"yes"` and their opposites.
    pub(super) fn flag(self) -> Result<bool, Refusal> {
        let wrong = || self.wrong("a flag", self.value);
        match self.value {
            Value::Bool(flag) => Ok(*flag),
            Value::Number(number) => match number.as_f64() {
                Some(0.0) => Ok(false),
                Some(1.0) => Ok(true),
                _ => Err(wrong()),
            },
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "on" | "yes" => Ok(true),
                "0" | "false" | "off" | "no" => Ok(false),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }

    fn wrong(self, expected: &str, found: &Value) -> Refusal {
        let found = match found {
            Value::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            other => type_name(other).to_owned(),
        };
        Refusal::new(RefusalClass::Type, format!("{}: expected {expected}, found {found}", self.name))
    }
}

/// The JSON type in words.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

/// Equal but for case, `_`, `-` and spaces.
fn alike(a: &str, b: &str) -> bool {
    let letters =
        |text| str::bytes(text).filter(|b| !matches!(b, b'_' | b'-' | b' ')).map(|b| b.to_ascii_lowercase());
    letters(a).eq(letters(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn names_match_in_any_case_and_empty_is_absent() {
        let fields = fields(r#"{"vehicleNumber":"A1","Speed":"","speed_kmh":"12.5","x":null}"#);
        assert_eq!(fields.find(&["vehicle_number"]).unwrap().text().unwrap(), "A1");
        assert_eq!(fields.find(&["speed", "speed_kmh"]).unwrap().number().unwrap(), 12.5);
        assert!(!fields.has(&["x", "y"]));
    }

    #[test]
    fn flags_come_in_many_shapes() {
        for (json, flag) in [("1", true), ("\"0\"", false), ("true", true), ("\"off\"", false), ("0", false)]
        {
            let fields = fields(&format!("{{\"f\":{json}}}"));
            assert_eq!(fields.find(&["f"]).unwrap().flag().unwrap(), flag, "{json}");
        }
        let fields = fields(r#"{"f":"maybe","l":[1]}"#);
        let error = fields.find(&["f"]).unwrap().flag().unwrap_err();
        assert_eq!(error.reason, "f: expected a flag, found \"maybe\"");
        assert_eq!(
            fields.find(&["l"]).unwrap().number().unwrap_err().reason,
            "l: expected a number, found a list"
        );
    }

    #[test]
    fn the_first_of_repeated_form_fields_wins() {
        let fields = Fields::of_form(b"id=A%201&id=B&lat=6.5");
        assert_eq!(fields.find(&["id"]).unwrap().text().unwrap(), "A 1");
    }
}
