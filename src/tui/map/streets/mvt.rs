//! Mapbox Vector Tiles, version 2, as far as a map of dots needs them
//! (<https://github.com/mapbox/vector-tile-spec/tree/master/2.1>).

use prost::Message;

/// A tile.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tile {
    #[prost(message, repeated, tag = "3")]
    pub(super) layers: Vec<Layer>,
}

/// Features of one sort.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Layer {
    #[prost(string, required, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) features: Vec<Feature>,
    #[prost(string, repeated, tag = "3")]
    pub(super) keys: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub(super) values: Vec<Value>,
    #[prost(uint32, optional, tag = "5", default = "4096")]
    pub(super) extent: Option<u32>,
    #[prost(uint32, required, tag = "15", default = "1")]
    pub(super) version: u32,
}

/// One feature.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Feature {
    #[prost(uint32, repeated, tag = "2")]
    pub(super) tags: Vec<u32>,
    #[prost(uint32, optional, tag = "3")]
    pub(super) kind: Option<u32>,
    #[prost(uint32, repeated, tag = "4")]
    pub(super) geometry: Vec<u32>,
}

/// The value of a property.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(string, optional, tag = "1")]
    pub(super) text: Option<String>,
    #[prost(float, optional, tag = "2")]
    pub(super) float: Option<f32>,
    #[prost(double, optional, tag = "3")]
    pub(super) double: Option<f64>,
    #[prost(int64, optional, tag = "4")]
    pub(super) int: Option<i64>,
    #[prost(uint64, optional, tag = "5")]
    pub(super) uint: Option<u64>,
    #[prost(sint64, optional, tag = "6")]
    pub(super) sint: Option<i64>,
    #[prost(bool, optional, tag = "7")]
    pub(super) truth: Option<bool>,
}

impl Value {
    /// A number, whatever it is written as.
    fn number(&self) -> Option<f64> {
        let whole = self.int.or(self.sint).map(|number| number as f64);
        let real = self.double.or(self.float.map(f64::from));
        whole.or(real).or(self.uint.map(|number| number as f64))
    }
}

/// What a feature is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Points,
    Lines,
    /// Rings, holes like any other.
    Areas,
}

impl Feature {
    /// What it is made of; `None` for what is not known.
    pub(super) fn shape(&self) -> Option<Shape> {
        match self.kind {
            Some(1) => Some(Shape::Points),
            Some(2) => Some(Shape::Lines),
            Some(3) => Some(Shape::Areas),
            Some(_) | None => None,
        }
    }

    fn property<'a>(&self, layer: &'a Layer, key: &str) -> Option<&'a Value> {
        let key = layer.keys.iter().position(|known| known == key)? as u32;
        let pair = self.tags.chunks_exact(2).find(|pair| pair[0] == key)?;
        layer.values.get(pair[1] as usize)
    }

    /// A property that is text.
    pub(super) fn text<'a>(&self, layer: &'a Layer, key: &str) -> Option<&'a str> {
        self.property(layer, key)?.text.as_deref()
    }

    /// A property that is a number.
    pub(super) fn number(&self, layer: &Layer, key: &str) -> Option<f64> {
        self.property(layer, key)?.number()
    }

    /// A property that is yes or no.
    pub(super) fn is(&self, layer: &Layer, key: &str) -> bool {
        self.property(layer, key).and_then(|value| value.truth) == Some(true)
    }

    /// Its points, lines or rings, in the tile's own units; what follows damage is left out.
    pub(super) fn paths(&self) -> Vec<Vec<[i32; 2]>> {
        const MOVE: u32 = 1;
        const LINE: u32 = 2;
        let mut paths: Vec<Vec<[i32; 2]>> = Vec::new();
        let mut at = [0_i32; 2];
        let mut rest = self.geometry.iter();
        while let Some(command) = rest.next() {
            let (command, count) = (command & 7, command >> 3);
            if command != MOVE && command != LINE {
                continue; // the end of a ring, which has no points
            }
            for _ in 0..count {
                let (Some(x), Some(y)) = (rest.next(), rest.next()) else { return paths };
                let step = |word: u32| (word >> 1) as i32 ^ -((word & 1) as i32);
                at = [at[0].wrapping_add(step(*x)), at[1].wrapping_add(step(*y))];
                match paths.last_mut().filter(|_| command == LINE) {
                    Some(path) => path.push(at),
                    None => paths.push(vec![at]),
                }
            }
        }
        paths
    }
}
