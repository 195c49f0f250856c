//! The rules as they hold for each vehicle: everybody's, its groups', its own.

use std::{collections::BTreeMap, sync::Arc};

use super::Rules;
use crate::domain::id::VehicleKey;

/// The groups of vehicles that are in any.
pub type Groups = BTreeMap<VehicleKey, Vec<String>>;

/// Every set of rules that some vehicle goes by; a vehicle keeps its number.
#[derive(Debug)]
pub(in crate::engine) struct RuleBook {
    /// The first is everybody's.
    sets: Vec<Arc<Rules>>,
    /// Whose set is another: which of the overrides count, by group and vehicle.
    known: BTreeMap<(Vec<String>, Option<VehicleKey>), u16>,
    groups: Arc<Groups>,
}

impl RuleBook {
    pub(in crate::engine) fn new(rules: Arc<Rules>, groups: Arc<Groups>) -> Self {
        Self { sets: vec![rules], known: BTreeMap::new(), groups }
    }

    /// Everybody's.
    pub(in crate::engine) fn everybodys(&self) -> &Arc<Rules> {
        &self.sets[0]
    }

    pub(in crate::engine) fn groups(&self) -> &Arc<Groups> {
        &self.groups
    }

    pub(in crate::engine) fn get(&self, number: u16) -> &Rules {
        &self.sets[usize::from(number)]
    }

    /// The number of a vehicle's set.
    pub(in crate::engine) fn number(&mut self, vehicle: &VehicleKey) -> u16 {
        let rules = &self.sets[0];
        if rules.group.is_empty() && rules.vehicle.is_empty() {
            return 0;
        }
        // A recording writes names as it likes; the configuration knows numbers.
        let own = [Some(vehicle.clone()), VehicleKey::new(vehicle.as_str()).ok()]
            .into_iter()
            .flatten()
            .find(|key| rules.vehicle.contains_key(key));
        let mut groups: Vec<String> = self.groups.get(vehicle).cloned().unwrap_or_default();
        groups.retain(|group| rules.group.contains_key(group));
        groups.sort_unstable();
        groups.dedup();
        if own.is_none() && groups.is_empty() {
            return 0;
        }
        let scopes = (groups, own);
        if let Some(number) = self.known.get(&scopes) {
            return *number;
        }
        // More sets than a number tells apart: the rest goes by everybody's.
        let Ok(number) = u16::try_from(self.sets.len()) else { return 0 };
        let mut set = Rules { group: BTreeMap::new(), vehicle: BTreeMap::new(), ..(**rules).clone() };
        for group in &scopes.0 {
            rules.group[group].apply(&mut set);
        }
        if let Some(vehicle) = &scopes.1 {
            rules.vehicle[vehicle].apply(&mut set);
        }
        self.sets.push(Arc::new(set));
        self.known.insert(scopes, number);
        number
    }
}
