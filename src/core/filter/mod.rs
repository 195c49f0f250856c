//! The filter language: which of many one means, in one line, the same on the
//! dashboard, on the command line and over the API.
//!
//! ```text
//! status:idle,parked and group:"FM" and (speed>60 or age>10m) and not driver:moruf T11*
//! ```
//!
//! [`TABLE`] has every field; what is filtered is a [`Subject`]. A filter prints
//! itself in a form that reads back as the same filter.

use std::{fmt, str::FromStr};

mod complete;
mod error;
mod lexer;
mod parser;
mod pattern;
mod quantity;
mod sighting;
mod table;

pub use complete::{Completion, Slot};
pub(crate) use error::slips;
pub use error::{FilterError, Problem};
pub(crate) use pattern::fold;
pub use pattern::{Pattern, quoted};
pub use quantity::{Quantity, Unit};
pub use sighting::{AlertSighting, Names, Sighting};
pub use table::{Choice, Field, Figure, Row, TABLE, Text, guide};

/// What a filter is asked about. Only what the filter mentions is asked for.
pub trait Subject {
    /// Shows the texts of a field to `taken`, one after the other, until it takes
    /// one; says whether it did. What is not known is not shown.
    fn any_text(&self, field: Text, taken: &mut dyn FnMut(&str) -> bool) -> bool;

    /// A field's figure in the base unit of its kind: km/h, seconds, degrees, a count.
    fn figure(&self, field: Figure) -> Option<f64>;

    /// The places among [`Choice::values`] of those that hold, as bits.
    fn choices(&self, field: Choice) -> u32;
}

/// A filter. The empty one matches everything.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    root: Option<Node>,
}

/// How a value is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Has,
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Op {
    const fn sign(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// A part of a filter. `All` and `Any` hold two at least, and none of their own kind.
#[derive(Clone, PartialEq, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// A bare word: in any of [`Text::BARE`].
    Word(Pattern),
    Text(Text, Op, Vec<Pattern>),
    Figure(Figure, Op, Vec<Quantity>),
    /// As written, and the values that satisfy it as bits.
    Choice(Choice, Op, Vec<Pattern>, u32),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// Where it cannot go on, what it expected there, and what may have been meant.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parser::parse(text).map(|root| Self { root })
    }

    /// Whether it lets everything through.
    pub const fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Whether the subject is one of those meant. What is not known of it compares
    /// with nothing, so that only `!=` and `not` hold of it.
    pub fn matches(&self, subject: &impl Subject) -> bool {
        self.root.as_ref().is_none_or(|node| node.matches(subject))
    }
}

impl FromStr for Filter {
    type Err = FilterError;
    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl Node {
    fn matches(&self, subject: &impl Subject) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(subject)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(subject)),
            Self::Not(node) => !node.matches(subject),
            Self::Word(pattern) => {
                Text::BARE.iter().any(|field| subject.any_text(*field, &mut |text| pattern.within(text)))
            }
            Self::Text(field, op, patterns) => {
                let whole = *op != Op::Has || field.is_code();
                let found = subject.any_text(*field, &mut |text| {
                    patterns.iter().any(
                        |pattern| {
                            if whole { pattern.is_whole(text) } else { pattern.within(text) }
                        },
                    )
                });
                found != (*op == Op::IsNot)
            }
            Self::Figure(field, op, quantities) => {
                let figure = subject.figure(*field);
                let equals = || figure.is_some_and(|figure| quantities.iter().any(|q| q.equals(figure)));
                let compares = |holds: fn(&f64, &f64) -> bool| {
                    figure.is_some_and(|f| quantities.iter().any(|q| holds(&f, &q.value())))
                };
                match op {
                    Op::Has | Op::Is => equals(),
                    Op::IsNot => !equals(),
                    Op::Less => compares(f64::lt),
                    Op::AtMost => compares(f64::le),
                    Op::More => compares(f64::gt),
                    Op::AtLeast => compares(f64::ge),
                }
            }
            Self::Choice(field, op, _, wanted) => {
                (subject.choices(*field) & wanted != 0) != (*op == Op::IsNot)
            }
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |node| node.fmt(f))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(nodes) => join(f, nodes, " and ", |node, f| match node {
                Self::Any(_) => write!(f, "({node})"),
                _ => write!(f, "{node}"),
            }),
            Self::Any(nodes) => join(f, nodes, " or ", |node, f| write!(f, "{node}")),
            Self::Not(node) => match **node {
                Self::All(_) | Self::Any(_) => write!(f, "not ({node})"),
                _ => write!(f, "not {node}"),
            },
            Self::Word(pattern) => write!(f, "{pattern}"),
            Self::Text(field, op, patterns) => {
                write!(f, "{}{}", field.row().name, op.sign())?;
                join(f, patterns, ",", |pattern, f| write!(f, "{pattern}"))
            }
            Self::Figure(field, op, quantities) => {
                write!(f, "{}{}", field.row().name, op.sign())?;
                join(f, quantities, ",", |quantity, f| write!(f, "{quantity}"))
            }
            Self::Choice(field, op, written, _) => {
                write!(f, "{}{}", field.row().name, op.sign())?;
                join(f, written, ",", |pattern, f| write!(f, "{pattern}"))
            }
        }
    }
}

fn join<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    between: &str,
    write: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write(item, f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
