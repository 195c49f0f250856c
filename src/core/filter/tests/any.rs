//! What holds of every text, and of every filter.

use proptest::prelude::*;

use super::{super::*, yard::Yard};

/// Texts that look like filters more often than chance would have it.
fn texts() -> impl Strategy<Value = String> {
    let scraps = prop::sample::select(vec![
        "status",
        "speed",
        "age",
        "group",
        "alert",
        "severity",
        "and",
        "or",
        "not",
        "(",
        ")",
        ",",
        ":",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "\"",
        "\\",
        "*",
        "!",
        " ",
        "60",
        "10m",
        "km/h",
        "-",
        ".",
        "idle",
        "high",
        "Ọlá",
        "é",
        "999999999999999999999",
        "0.0000001",
    ]);
    let pieces = prop_oneof![4 => scraps.prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn patterns() -> impl Strategy<Value = Pattern> {
    let piece = prop_oneof!["[a-zA-Z0-9]{1,6}", "\\PC{1,6}", Just("and".to_owned())];
    prop_oneof![
        piece.clone().prop_map(|piece| Pattern::new(vec![piece])),
        prop::collection::vec(prop_oneof![piece, Just(String::new())], 2..4).prop_map(Pattern::new),
    ]
}

fn terms() -> impl Strategy<Value = Node> {
    let equality = || prop::sample::select(vec![Op::Has, Op::Is, Op::IsNot]);
    let order = prop::sample::select(vec![Op::Less, Op::AtMost, Op::More, Op::AtLeast]);
    let rows = |wanted: fn(&Field) -> bool| {
        prop::sample::select(TABLE.iter().map(|row| row.field).filter(wanted).collect::<Vec<_>>())
    };
    let texts = rows(|field| matches!(field, Field::Text(_)));
    let texts = (texts, equality(), prop::collection::vec(patterns(), 1..4));
    let figures = rows(|field| matches!(field, Field::Figure(_)));
    let figures = (figures, order, -1_000_000_i64..1_000_000, 0..=6_u8);
    let choices = (rows(|field| matches!(field, Field::Choice(_))), equality(), any::<prop::sample::Index>());
    prop_oneof![
        patterns().prop_map(Node::Word),
        texts.prop_map(|(field, op, patterns)| match field {
            Field::Text(field) => Node::Text(field, op, patterns),
            Field::Figure(_) | Field::Choice(_) => unreachable!("only texts were drawn"),
        }),
        figures.prop_map(|(field, op, digits, decimals)| match field {
            Field::Figure(field) => {
                let unit = match field {
                    Figure::Speed => Unit::Knots,
                    field if field.needs_unit() => Unit::Hours,
                    _ => Unit::Own,
                };
                Node::Figure(field, op, vec![Quantity { digits, decimals, unit }])
            }
            Field::Text(_) | Field::Choice(_) => unreachable!("only figures were drawn"),
        }),
        choices.prop_map(|(field, op, index)| match field {
            Field::Choice(field) => {
                let values = field.values();
                let place = index.index(values.len());
                Node::Choice(field, op, vec![Pattern::new(vec![values[place].to_owned()])], 1 << place)
            }
            Field::Text(_) | Field::Figure(_) => unreachable!("only choices were drawn"),
        }),
    ]
}

fn filters() -> impl Strategy<Value = Filter> {
    let nodes = terms().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::all),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::any),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    });
    nodes.prop_map(|root| Filter { root: Some(root) })
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error_with_a_place_in_it(text in texts()) {
        match Filter::parse(&text) {
            Ok(filter) => {
                let yard = Yard::new();
                let _ = filter.matches(&yard.known());
                prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
            }
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
                prop_assert!(error.column <= text.chars().count() + 1);
            }
        }
        let typed = Completion::at_end(&text);
        prop_assert!(text.get(typed.at).is_some());
    }

    #[test]
    fn a_filter_printed_and_read_is_the_same_filter(filter in filters()) {
        let printed = filter.to_string();
        prop_assert_eq!(Filter::parse(&printed).map_err(|error| format!("{printed}: {error}")), Ok(filter));
    }

    #[test]
    fn not_is_the_opposite(text in texts()) {
        let yard = Yard::new();
        if let (Ok(filter), Ok(opposite)) = (Filter::parse(&text), Filter::parse(&format!("not ({text})")))
            && !filter.is_empty()
        {
            prop_assert!(filter.matches(&yard.known()) != opposite.matches(&yard.known()));
        }
    }
}
