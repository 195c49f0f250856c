//! The road graph and the way of least time through it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use watchtower_core::domain::geo::LonLat;

use super::traffic;

/// What kind of road.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Expressways.
    Trunk,
    /// Main roads.
    Primary,
    /// Over water.
    Bridge,
    /// Into a yard.
    Access,
}

impl Class {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "trunk" => Some(Self::Trunk),
            "primary" => Some(Self::Primary),
            "bridge" => Some(Self::Bridge),
            "access" => Some(Self::Access),
            _ => None,
        }
    }

    /// What a loaded truck does there when the road is free, m/s. The fleet's
    /// limit is 60 km/h.
    pub(super) const fn free_speed(self) -> f64 {
        match self {
            Self::Trunk => 56.0 / 3.6,
            Self::Bridge => 50.0 / 3.6,
            Self::Primary => 43.0 / 3.6,
            Self::Access => 14.0 / 3.6,
        }
    }
}

#[derive(Debug)]
struct Edge {
    to: usize,
    length_m: f64,
    class: Class,
    trucks: bool,
}

/// Vertices and the roads between them.
#[derive(Debug, Default)]
pub(super) struct Roads {
    points: Vec<LonLat>,
    edges: Vec<Vec<Edge>>,
    /// By coordinates in units of the file's last decimal: roads that share a
    /// vertex meet there.
    by_place: BTreeMap<(i64, i64), usize>,
}

/// A way through the graph.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The vertices.
    pub(super) nodes: Vec<usize>,
    /// The roads between them, one fewer.
    pub(super) classes: Vec<Class>,
    /// Length.
    pub(super) length_m: f64,
    /// Time it takes in middling traffic.
    pub(super) seconds: f64,
}

impl Roads {
    /// Adds a road in both directions.
    pub(super) fn add(&mut self, line: &[LonLat], class: Class, trucks: bool) {
        for pair in line.windows(2) {
            let (a, b) = (self.node(pair[0]), self.node(pair[1]));
            let length_m = pair[0].distance(pair[1]).get();
            self.edges[a].push(Edge { to: b, length_m, class, trucks });
            self.edges[b].push(Edge { to: a, length_m, class, trucks });
        }
    }

    fn node(&mut self, point: LonLat) -> usize {
        let next = self.points.len();
        let node = *self.by_place.entry(place_key(point)).or_insert(next);
        if node == next {
            self.points.push(point);
            self.edges.push(Vec::new());
        }
        node
    }

    /// The vertex drawn at a point.
    pub(super) fn node_at(&self, point: LonLat) -> Option<usize> {
        self.by_place.get(&place_key(point)).copied()
    }

    /// Where a vertex is.
    pub(super) fn point(&self, node: usize) -> LonLat {
        self.points[node]
    }

    /// How many roads meet at a vertex that are no yard's own: a junction from
    /// three on.
    pub(super) fn roads_meeting(&self, node: usize) -> usize {
        self.edges[node].iter().filter(|edge| edge.class != Class::Access).count()
    }

    /// The way of least time a truck may take; `None` when there is none.
    pub(super) fn route(&self, from: usize, to: usize) -> Option<Route> {
        const UNREACHED: u64 = u64::MAX;
        // Milliseconds, so that ties are exact and the order total.
        let mut best = vec![UNREACHED; self.points.len()];
        let mut back: Vec<Option<(usize, Class, f64)>> = vec![None; self.points.len()];
        let mut open = BinaryHeap::from([Reverse((0_u64, from))]);
        best[from] = 0;
        while let Some(Reverse((cost, node))) = open.pop() {
            if node == to {
                break;
            }
            if cost > best[node] {
                continue;
            }
            for edge in self.edges[node].iter().filter(|edge| edge.trucks) {
                let crowd = 1.0 + 0.7 * traffic::urban(self.points[edge.to]);
                let seconds = edge.length_m / edge.class.free_speed() * crowd;
                let total = cost + (seconds * 1000.0) as u64;
                if total < best[edge.to] {
                    best[edge.to] = total;
                    back[edge.to] = Some((node, edge.class, edge.length_m));
                    open.push(Reverse((total, edge.to)));
                }
            }
        }
        if best[to] == UNREACHED {
            return None;
        }
        let (mut nodes, mut classes, mut length_m) = (vec![to], Vec::new(), 0.0);
        while let Some((node, class, length)) = back[*nodes.last().expect("it begins with one")] {
            nodes.push(node);
            classes.push(class);
            length_m += length;
        }
        nodes.reverse();
        classes.reverse();
        Some(Route { nodes, classes, length_m, seconds: best[to] as f64 / 1000.0 })
    }

    /// Every stretch of road: its ends and class.
    #[cfg(test)]
    pub(super) fn stretches(&self) -> impl Iterator<Item = (LonLat, LonLat, Class)> {
        self.edges.iter().enumerate().flat_map(move |(node, edges)| {
            edges
                .iter()
                .filter(move |edge| edge.to > node)
                .map(move |edge| (self.points[node], self.points[edge.to], edge.class))
        })
    }

    /// How many vertices.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// The vertices a walk over all roads reaches from the first.
    #[cfg(test)]
    pub(super) fn connected(&self) -> usize {
        let (mut seen, mut open) = (vec![false; self.points.len()], vec![0]);
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node], true) {
                open.extend(self.edges[node].iter().map(|edge| edge.to));
            }
        }
        seen.into_iter().filter(|seen| *seen).count()
    }
}

/// The scenery has four decimals, 11 m.
fn place_key(point: LonLat) -> (i64, i64) {
    ((point.lon() * 1e4).round() as i64, (point.lat() * 1e4).round() as i64)
}
