//! The vendor's JSON as it really comes: lists under other names from call to
//! call, numbers as strings, errors as objects or strings.

use serde_json::Value;

/// Names under which `data` carries its list.
const LISTS: [&str; 6] = ["values", "vehicles", "drivers", "polygons", "trips", "alerts"];

/// The list of an answer: `data` itself, or the one inside it.
pub(super) fn elements(answer: &Value) -> Option<&Vec<Value>> {
    let data = answer.get("data")?;
    data.as_array().or_else(|| LISTS.iter().find_map(|name| data.get(name)?.as_array()))
}

/// The same list, taken out.
pub(super) fn take_elements(answer: &mut Value) -> Option<Vec<Value>> {
    let data = answer.get_mut("data")?;
    let list = match data {
        Value::Array(list) => list,
        data => {
            let name = LISTS.iter().find(|name| data[**name].is_array())?;
            data.get_mut(*name)?.as_array_mut()?
        }
    };
    Some(std::mem::take(list))
}

/// Whether there is another page, where the answer says so.
pub(super) fn more(answer: &Value) -> Option<bool> {
    truth(answer.pointer("/data/pagination/more")?)
}

/// What an error answer says, shortened.
pub(super) fn errors(answer: &Value) -> String {
    let found =
        answer.pointer("/data/errors").or_else(|| answer.get("errors")).or_else(|| answer.get("message"));
    let said = match found {
        Some(Value::Array(all)) => all.iter().map(one_error).collect::<Vec<_>>().join("; "),
        Some(one) => one_error(one),
        None => String::new(),
    };
    said.chars().take(200).collect()
}

fn one_error(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        other => match other.get("message") {
            Some(Value::String(text)) => text.clone(),
            _ => other.to_string(),
        },
    }
}

/// The beginning of an answer, for messages.
pub(super) fn excerpt(answer: &Value) -> String {
    answer.to_string().chars().take(120).collect()
}

/// A number, or a string that is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text, or a number as one; empty is none.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A boolean, or what stands for one.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "1" | "true" | "on" | "yes" => Some(true),
            "0" | "false" | "off" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_found_under_every_name() {
        for answer in [
            json!({"data": [1]}),
            json!({"data": {"values": [1]}}),
            json!({"success": "true", "data": {"vehicles": [1], "pagination": {"more": "false"}}}),
        ] {
            assert_eq!(elements(&answer).unwrap().len(), 1);
            assert_eq!(take_elements(&mut answer.clone()), Some(vec![json!(1)]));
        }
        assert_eq!(take_elements(&mut json!({"data": {"errors": []}})), None);
        assert_eq!(elements(&json!({"data": {"errors": []}})), None);
        assert_eq!(more(&json!({"data": {"pagination": {"more": "false"}}})), Some(false));
    }

    #[test]
    fn errors_come_as_objects_or_strings() {
        assert_eq!(errors(&json!({"data": {"errors": ["Authentication failed"]}})), "Authentication failed");
        let both = json!({"errors": [{"message": "a", "code": "x"}, "b"]});
        assert_eq!(errors(&both), "a; b");
        assert_eq!(errors(&json!({"data": {"errors": {"message": "no"}}})), "no");
    }
}
