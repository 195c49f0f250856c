//! A geofence while it is drawn: corners set one by one, or a circle about a centre.

use std::f64::consts::TAU;

use watchtower_core::domain::{
    geo::{LonLat, Scale},
    geofence::{FenceKind, Geofence, Shape},
    id::FenceId,
    units::Metres,
};

use super::{
    form::{Field, Form, Need},
    offer::Kind,
};
use crate::tui::{model::Model, text};

/// Corners a circle is drawn with.
const ROUND: usize = 48;
/// More corners nobody sets by hand.
const MOST: usize = 200;
/// The names of the kinds, as people pick them.
const KINDS: &[&str] = &["terminal", "client", "depot", "service_area", "checkpoint"];

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Figure {
    /// A polygon.
    #[default]
    Area,
    /// A circle: the first corner is its centre, the pen is on its edge.
    Circle,
}

/// A fence being drawn.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sketch {
    /// What is drawn.
    pub figure: Figure,
    /// The corners set.
    pub corners: Vec<LonLat>,
    /// The corner that moves with the pen.
    pub held: Option<usize>,
    /// The fence that is drawn anew.
    pub of: Option<FenceId>,
}

impl Sketch {
    /// A known fence, to be drawn anew; `None` for one of several parts, or with holes, or
    /// a line: a hand with one pen would lose them.
    pub fn of(fence: &Geofence) -> Option<Self> {
        let of = Some(fence.id.clone());
        match &fence.shape {
            Shape::Circle { centre, radius } => {
                let scale = Scale::at_latitude(centre.lat());
                let edge = LonLat::new(centre.lon() + radius.get() / scale.lon, centre.lat()).ok()?;
                Some(Self { figure: Figure::Circle, corners: vec![*centre, edge], held: None, of })
            }
            Shape::Area(area) => match area.0.as_slice() {
                [one] if one.interiors().is_empty() && one.exterior().0.len() <= MOST => {
                    let corners = one.exterior().points().map(|point| LonLat::new(point.x(), point.y()).ok());
                    let mut corners: Vec<LonLat> = corners.collect::<Option<_>>()?;
                    corners.pop();
                    Some(Self { figure: Figure::Area, corners, held: None, of })
                }
                _ => None,
            },
            Shape::Corridor { .. } => None,
        }
    }

    /// Sets a corner where the pen is, or lets go of the one held.
    pub fn set(&mut self, pen: LonLat) {
        if let Some(held) = self.held.take() {
            self.corners[held] = pen;
            return;
        }
        match self.figure {
            Figure::Circle if self.corners.len() == 2 => self.corners[1] = pen,
            Figure::Circle | Figure::Area
                if self.corners.len() < MOST && self.corners.last() != Some(&pen) =>
            {
                self.corners.push(pen);
            }
            Figure::Circle | Figure::Area => {}
        }
    }

    /// Takes back the last corner.
    pub fn undo(&mut self) {
        self.held = None;
        self.corners.pop();
    }

    /// Takes up the next corner; returns where it is.
    pub fn take_next(&mut self) -> Option<LonLat> {
        let next = self.held.map_or(0, |held| held + 1) % self.corners.len().max(1);
        self.held = (next < self.corners.len()).then_some(next);
        self.held.map(|held| self.corners[held])
    }

    /// Moves the corner held.
    pub fn pull(&mut self, pen: LonLat) {
        if let Some(held) = self.held {
            self.corners[held] = pen;
        }
    }

    /// Makes a circle of an area, and an area of a circle.
    pub fn change_figure(&mut self) {
        self.held = None;
        self.figure = match self.figure {
            Figure::Area => Figure::Circle,
            Figure::Circle => Figure::Area,
        };
        if self.figure == Figure::Circle {
            self.corners.truncate(2);
        }
    }

    /// The outline as it would be if the pen set a corner now.
    pub fn outline(&self, pen: LonLat) -> Vec<LonLat> {
        let mut corners = self.corners.clone();
        if self.held.is_none() && !(self.figure == Figure::Circle && corners.len() == 2) {
            corners.push(pen);
        }
        match (self.figure, corners.as_slice()) {
            (Figure::Circle, [centre, edge, ..]) => round(*centre, centre.distance(*edge).get()),
            (_, [first, ..]) => {
                let first = *first;
                corners.push(first);
                corners
            }
            (_, []) => Vec::new(),
        }
    }

    /// The boundary drawn.
    ///
    /// # Errors
    ///
    /// What is missing, in words.
    pub fn shape(&self) -> Result<Shape, String> {
        match (self.figure, self.corners.as_slice()) {
            (Figure::Circle, [centre, edge]) => {
                let radius = centre.distance(*edge);
                if radius.get() < 1.0 {
                    return Err("the circle has no size".to_owned());
                }
                Ok(Shape::Circle { centre: *centre, radius: Metres(radius.get().round()) })
            }
            (Figure::Circle, _) => Err("a circle needs its centre and a point on its edge".to_owned()),
            (Figure::Area, corners) if corners.len() < 3 => {
                Err(format!("{} of at least 3 corners are set", corners.len()))
            }
            (Figure::Area, corners) => {
                let mut ring: Vec<(f64, f64)> =
                    corners.iter().map(|point| (point.lon(), point.lat())).collect();
                ring.push(ring[0]);
                let fence = Geofence::area("sketch", "sketch", FenceKind::default(), ring);
                fence.check().map_err(|error| error.to_string())?;
                Ok(fence.shape)
            }
        }
    }

    /// The form that names what was drawn.
    pub fn form(&self, model: &Model) -> Form {
        let known = self.of.as_ref().and_then(|id| model.fences.get(id));
        let title = if known.is_some() { "Draw a geofence anew" } else { "A new geofence" };
        let name = Field::new("Name", "name", Kind::Text, Need::Needed)
            .holding(known.map_or(String::new(), |fence| text::clean(&fence.name)));
        let kind = Field::new("Kind", "kind", Kind::Word(KINDS), Need::Needed)
            .holding(known.map_or("", |fence| fence.kind.name()));
        Form::new(title, vec![name, kind], model)
    }

    /// The fence as drawn and named.
    ///
    /// # Errors
    ///
    /// What is wrong, by the names of the form's fields.
    pub fn fence(&self, form: &Form, model: &Model) -> Result<Geofence, Vec<(String, String)>> {
        let wrong = |field: &str, reason: String| vec![(field.to_owned(), reason)];
        let name = form.text("name").ok_or_else(|| wrong("name", "is needed".to_owned()))?;
        let kind = form.text("kind").and_then(FenceKind::from_name);
        let kind = kind.ok_or_else(|| wrong("kind", "pick one of those below".to_owned()))?;
        let shape = self.shape().map_err(|reason| wrong("shape", reason))?;
        let known = self.of.as_ref().and_then(|id| model.fences.get(id));
        let id = known.map_or_else(|| free_id(name, model), |fence| fence.id.clone());
        let watches = known.map_or_else(Default::default, |fence| fence.watches);
        Ok(Geofence { id, name: name.to_owned(), kind, watches, shape })
    }
}

/// A circle as a ring.
fn round(centre: LonLat, radius: f64) -> Vec<LonLat> {
    let scale = Scale::at_latitude(centre.lat());
    let corner = |step: usize| {
        let (east, north) = (TAU * step as f64 / ROUND as f64).sin_cos();
        LonLat::new(centre.lon() + radius * east / scale.lon, centre.lat() + radius * north / scale.lat).ok()
    };
    (0..=ROUND).filter_map(corner).collect()
}

/// `Apapa Port` becomes `apapa-port`, or `apapa-port-2` if that is taken.
fn free_id(name: &str, model: &Model) -> FenceId {
    let plain: String = text::folded(name)
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let plain = if words.is_empty() { "fence".to_owned() } else { words.join("-") };
    let numbered = |number: usize| if number == 1 { plain.clone() } else { format!("{plain}-{number}") };
    let free = (1..).map(numbered).map(|id| FenceId::new(&id)).find(|id| !model.fences.contains_key(id));
    free.expect("there are more numbers than fences")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).unwrap()
    }

    #[test]
    fn corners_make_an_area_and_crossed_ones_do_not() {
        let mut sketch = Sketch::default();
        for corner in [(3.0, 6.0), (3.1, 6.0), (3.1, 6.1), (3.0, 6.1)] {
            assert!(sketch.shape().is_err() || sketch.corners.len() >= 3);
            sketch.set(at(corner.0, corner.1));
        }
        let Ok(Shape::Area(area)) = sketch.shape() else { panic!() };
        assert_eq!(area.0[0].exterior().0.len(), 5);
        sketch.take_next();
        sketch.set(at(3.05, 6.2));
        assert!(sketch.shape().is_err(), "it crosses itself");
        sketch.undo();
        assert!(sketch.shape().is_ok());
    }

    #[test]
    fn a_circle_is_a_centre_and_an_edge() {
        let mut sketch = Sketch { figure: Figure::Circle, ..Sketch::default() };
        sketch.set(at(3.0, 6.0));
        assert!(sketch.shape().is_err());
        sketch.set(at(3.001, 6.0));
        let Ok(Shape::Circle { radius, .. }) = sketch.shape() else { panic!() };
        assert_eq!(radius.get(), 111.0);
        assert!(
            sketch
                .outline(at(9.0, 9.0))
                .iter()
                .all(|point| (point.distance(at(3.0, 6.0)).get() - 110.7).abs() < 1.0)
        );
    }

    #[test]
    fn a_fence_drawn_anew_keeps_its_identity_and_a_new_one_gets_its_own() {
        let mut model = Model::default();
        model.take_meta(crate::tui::tests::fleet::meta(3));
        let known = model.fences[&FenceId::new("apapa")].clone();
        let sketch = Sketch::of(&known).unwrap();
        assert_eq!(sketch.fence(&sketch.form(&model), &model).unwrap(), known);
        assert_eq!(free_id("Àpapa!", &model).as_str(), "apapa-2");
        assert_eq!(free_id("…", &model).as_str(), "fence");
    }
}
