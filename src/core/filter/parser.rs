//! Tokens to a tree: `or` binds least, then `and` (or nothing between two terms),
//! then `not`.

use std::ops::Range;

use super::{
    Node, Op,
    error::{FilterError, Problem, nearest},
    lexer::{self, Spanned, Token, Word},
    pattern::Pattern,
    quantity::{Quantity, Unit, Unusable},
    table::{Choice, Field, Figure, TABLE, Text},
};

/// Deeper nesting is nobody's filter, and would cost the stack.
const MOST_DEEP: usize = 32;
/// Longer texts are nobody's filter.
const LONGEST: usize = 4_096;

pub(super) fn parse(text: &str) -> Result<Option<Node>, FilterError> {
    if text.len() > LONGEST {
        return Err(FilterError::new(text, 0..0, Problem::Length(LONGEST)));
    }
    let (tokens, unclosed) = lexer::tokens(text);
    if let Some(quote) = unclosed {
        return Err(FilterError::new(text, quote..text.len(), Problem::Quote));
    }
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { text, tokens: &tokens, next: 0, depth: 0 };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(Some(node)),
        Some(_) => Err(parser.expected("and, or, or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Spanned],
    next: usize,
    depth: usize,
}

type Parsed<T> = Result<T, FilterError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn peek_word(&self) -> Option<&'a Word> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            Some(Token::Open | Token::Close | Token::Comma | Token::Op(_)) | None => None,
        }
    }

    fn peek_op(&self) -> Option<Op> {
        match self.peek() {
            Some(Token::Op(op)) => Some(*op),
            Some(Token::Open | Token::Close | Token::Comma | Token::Word(_)) | None => None,
        }
    }

    /// Takes a keyword if it is next.
    fn take(&mut self, keyword: &str) -> bool {
        let found = self.peek_word().is_some_and(|word| word.is(keyword));
        self.next += usize::from(found);
        found
    }

    fn span(&self, index: usize) -> Range<usize> {
        self.tokens.get(index).map_or(self.text.len()..self.text.len(), |(_, span)| span.clone())
    }

    fn fail<T>(&self, index: usize, problem: Problem) -> Parsed<T> {
        Err(FilterError::new(self.text, self.span(index), problem))
    }

    fn expected(&self, what: &str) -> FilterError {
        let span = self.span(self.next);
        let found = match &self.text[span.clone()] {
            "" => "the end".to_owned(),
            found => format!("{found:?}"),
        };
        FilterError::new(self.text, span, Problem::Expected { expected: what.to_owned(), found })
    }

    fn any(&mut self) -> Parsed<Node> {
        let mut nodes = vec![self.all()?];
        while self.take("or") {
            nodes.push(self.all()?);
        }
        Ok(Node::any(nodes))
    }

    fn all(&mut self) -> Parsed<Node> {
        let mut nodes = vec![self.not()?];
        loop {
            let more = match self.peek() {
                Some(Token::Word(word)) if word.is("or") => false,
                Some(Token::Word(_) | Token::Open) => true,
                Some(Token::Close | Token::Comma | Token::Op(_)) | None => false,
            };
            if !more {
                return Ok(Node::all(nodes));
            }
            self.take("and");
            nodes.push(self.not()?);
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MOST_DEEP {
            return self.fail(self.next, Problem::Depth(MOST_DEEP));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn not(&mut self) -> Parsed<Node> {
        // `not>3` is a misspelt field, not a negation.
        if self.take("not") {
            return self.deeper(Self::not).map(|node| Node::Not(Box::new(node)));
        }
        if self.peek() != Some(&Token::Open) {
            return self.term();
        }
        self.next += 1;
        let node = self.deeper(Self::any)?;
        match self.peek() {
            Some(Token::Close) => self.next += 1,
            Some(Token::Open | Token::Comma | Token::Op(_) | Token::Word(_)) | None => {
                return Err(self.expected("and, or, or a closing parenthesis"));
            }
        }
        Ok(node)
    }

    fn term(&mut self) -> Parsed<Node> {
        let wanted = "a field, a word or a parenthesis";
        let Some(word) = self.peek_word() else { return Err(self.expected(wanted)) };
        if word.is("and") || word.is("or") {
            return Err(self.expected(wanted));
        }
        let start = self.next;
        self.next += 1;
        match (self.peek_op(), word.plain()) {
            (None, _) if word.pattern().is_empty() => {
                self.next = start;
                Err(self.expected("a text"))
            }
            (None, _) => Ok(Node::Word(word.pattern())),
            (Some(_), None) => Err(self.expected("and, or, or the end (a quoted text is no field)")),
            (Some(op), Some(name)) => {
                let Some(field) = Field::named(&name) else {
                    let suggestion = nearest(&name, TABLE.iter().map(|row| row.name));
                    return self.fail(start, Problem::Field { name, suggestion });
                };
                self.next += 1;
                match field {
                    Field::Text(field) => self.texts(field, op),
                    Field::Figure(field) => self.figures(field, op),
                    Field::Choice(field) => self.choices(field, op),
                }
            }
        }
    }

    /// The values of a comparison, at least one.
    fn values<T>(
        &mut self,
        op: Op,
        wanted: &str,
        read: impl Fn(&mut Self, &Word) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut values = Vec::new();
        loop {
            let Some(word) = self.peek_word() else { return Err(self.expected(wanted)) };
            values.push(read(self, word)?);
            if self.peek() != Some(&Token::Comma) {
                return Ok(values);
            }
            if !matches!(op, Op::Has | Op::Is | Op::IsNot) {
                return self.fail(self.next, Problem::List { sign: op.sign() });
            }
            self.next += 1;
        }
    }

    fn texts(&mut self, field: Text, op: Op) -> Parsed<Node> {
        if !matches!(op, Op::Has | Op::Is | Op::IsNot) {
            return self.fail(self.next - 1, Problem::Order { field: field.row().name });
        }
        let patterns = self.values(op, "a text", |parser, word| {
            let pattern = word.pattern();
            if pattern.is_empty() {
                return Err(parser.expected("a text"));
            }
            parser.next += 1;
            Ok(pattern)
        })?;
        Ok(Node::Text(field, op, patterns))
    }

    fn figures(&mut self, field: Figure, op: Op) -> Parsed<Node> {
        let quantities = self.values(op, field.wanted(), |parser, word| {
            let text = word.plain().unwrap_or_default();
            let unit = parser.unit_behind(field);
            match Quantity::read(&text, unit, field) {
                Ok(quantity) => {
                    // A unit of its own goes before one that follows.
                    let own = text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
                    parser.next += if own && unit.is_some() { 2 } else { 1 };
                    Ok(quantity)
                }
                Err(Unusable::NoUnit) => {
                    Err(parser.expected(&format!("a unit: {text}s, {text}m, {text}h or {text}d")))
                }
                Err(Unusable::NoNumber | Unusable::Unit) => Err(parser.expected(field.wanted())),
            }
        })?;
        Ok(Node::Figure(field, op, quantities))
    }

    /// A unit written apart from its number: `60 km/h`. A field's name is none.
    fn unit_behind(&self, field: Figure) -> Option<Unit> {
        let Some((Token::Word(word), _)) = self.tokens.get(self.next + 1) else { return None };
        let is_field = matches!(self.tokens.get(self.next + 2), Some((Token::Op(_), _)));
        word.plain().filter(|_| !is_field).and_then(|name| Unit::named(&name, field))
    }

    fn choices(&mut self, field: Choice, op: Op) -> Parsed<Node> {
        let name = field.row().name;
        let equality = matches!(op, Op::Has | Op::Is | Op::IsNot);
        if !equality && !field.is_ordered() {
            return self.fail(self.next - 1, Problem::Order { field: name });
        }
        let values = field.values();
        let wanted = format!("one of {}", values.join(", "));
        let read = self.values(op, &wanted, |parser, word| {
            let pattern = word.pattern().map(|c| if c == '-' || c == ' ' { '_' } else { c });
            let meant = meant(field, pattern);
            let bits = bits(&values, |value| meant.is_whole(value));
            if bits == 0 {
                let value = word.pieces.join("*");
                let suggestion = nearest(&value, values.iter().copied());
                return parser.fail(
                    parser.next,
                    Problem::Value { field: name, value, suggestion, values: values.clone() },
                );
            }
            // In the one spelling there is.
            let only = (bits.count_ones() == 1 && meant.literal().is_some())
                .then(|| Pattern::new(vec![values[bits.trailing_zeros() as usize].to_owned()]));
            parser.next += 1;
            Ok((only.unwrap_or(meant), bits))
        })?;
        let named = read.iter().fold(0, |all, (_, bits)| all | bits);
        let wanted = match op {
            Op::Has | Op::Is | Op::IsNot => named,
            Op::Less => below(named.trailing_zeros()),
            Op::AtMost => below(named.ilog2() + 1),
            Op::More => !below(named.ilog2() + 1),
            Op::AtLeast => !below(named.trailing_zeros()),
        };
        Ok(Node::Choice(field, op, read.into_iter().map(|(pattern, _)| pattern).collect(), wanted))
    }
}

/// What people also say for a value.
fn meant(field: Choice, pattern: Pattern) -> Pattern {
    let is = |word: &str| pattern.literal().is_some_and(|text| text.eq_ignore_ascii_case(word));
    if field != Choice::Ignition {
        return pattern;
    }
    match (["true", "yes", "1"].iter().any(|word| is(word)), ["false", "no", "0"].iter().any(|word| is(word)))
    {
        (true, _) => Pattern::new(vec!["on".to_owned()]),
        (_, true) => Pattern::new(vec!["off".to_owned()]),
        (false, false) => pattern,
    }
}

/// The bits of the places before `place`, which is one of a few.
const fn below(place: u32) -> u32 {
    (1 << place) - 1
}

fn bits(values: &[&str], holds: impl Fn(&str) -> bool) -> u32 {
    values.iter().enumerate().filter(|(_, value)| holds(value)).fold(0, |bits, (place, _)| bits | 1 << place)
}

impl Node {
    /// All of them: one alone is itself, and those of its kind are taken apart.
    pub(super) fn all(nodes: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::All(flat) }
    }

    /// Any of them.
    pub(super) fn any(nodes: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::Any(flat) }
    }
}
