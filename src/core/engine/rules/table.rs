//! How the table of rules becomes types: a section of thresholds, a section of
//! overrides of them, and a row of documentation each.

use std::collections::BTreeMap;

use crate::domain::alert::AlertKind;

/// Where a threshold can be set; each scope includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scope {
    /// For everybody alone.
    Global,
    /// For a group or a vehicle, too.
    Vehicle,
    /// For a fence, too.
    Fence,
}

impl Scope {
    /// The scopes in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Global => "all",
            Self::Vehicle => "all, group, vehicle",
            Self::Fence => "all, group, vehicle, fence",
        }
    }
}

/// What a threshold may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// Whatever its type holds.
    Any,
    /// 0 or more.
    NotNegative,
    /// More than 0.
    Positive,
    /// More than 0, at most 1.
    Share,
}

impl Range {
    pub(super) fn holds(self, value: f64) -> bool {
        // A hundred years in seconds; also bounds every length to reason.
        let sane = value.is_finite() && value <= 3.2e9;
        match self {
            Self::Any => true,
            Self::NotNegative => sane && value >= 0.0,
            Self::Positive => sane && value > 0.0,
            Self::Share => sane && value > 0.0 && value <= 1.0,
        }
    }

    /// The range in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::NotNegative => "a finite number, 0 or more",
            Self::Positive => "a finite number above 0",
            Self::Share => "above 0 and at most 1",
        }
    }
}

/// All there is to say of one threshold.
#[derive(Clone, Debug)]
pub struct RuleDoc {
    /// Its key: `rules.motion.radius_m`.
    pub key: &'static str,
    /// Its default, as it is written in the configuration.
    pub default: String,
    /// Its unit, or the words it may be.
    pub unit: &'static str,
    /// What it may be.
    pub range: Range,
    /// Where it can be set.
    pub scope: Scope,
    /// What it means.
    pub doc: &'static str,
}

/// A value that a range can judge and a table can show.
pub(super) trait Figure {
    /// As a number, where it is one.
    fn number(&self) -> Option<f64>;

    /// As it is written in the configuration.
    fn text(&self) -> String;
}

impl Figure for f64 {
    fn number(&self) -> Option<f64> {
        Some(*self)
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Figure for u32 {
    fn number(&self) -> Option<f64> {
        Some((*self).into())
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Figure for BTreeMap<AlertKind, f64> {
    fn number(&self) -> Option<f64> {
        None
    }

    fn text(&self) -> String {
        let pairs: Vec<_> = self.iter().map(|(kind, number)| format!("{kind} = {number}")).collect();
        format!("{{ {} }}", pairs.join(", "))
    }
}

impl Figure for bool {
    fn number(&self) -> Option<f64> {
        None
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Figure for super::SpeedSource {
    fn number(&self) -> Option<f64> {
        None
    }

    fn text(&self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

impl Figure for super::TripSplit {
    fn number(&self) -> Option<f64> {
        None
    }

    fn text(&self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

macro_rules! sections {
    ($($section:ident $about:literal $rules:ident $overrides:ident {
        $($field:ident: $type:ty = $default:expr, $unit:literal, $range:ident, $scope:ident, $doc:literal;)*
    })*) => {
        $(
            #[doc = concat!("`rules.", stringify!($section), "`: ", $about, ".")]
            #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $rules {
                $(#[doc = concat!($doc, " Default `", stringify!($default), "` ", $unit, ".")] pub $field: $type,)*
            }

            impl Default for $rules {
                fn default() -> Self {
                    Self { $($field: $default),* }
                }
            }

            #[doc = concat!("Those of `rules.", stringify!($section), "` that a scope sets for itself.")]
            #[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $overrides {
                $(
                    #[doc = $doc]
                    #[serde(skip_serializing_if = "Option::is_none")]
                    pub $field: Option<$type>,
                )*
            }

            impl $overrides {
                pub(super) fn apply(&self, to: &mut $rules) {
                    $(if let Some(value) = &self.$field { to.$field = value.clone(); })*
                }
            }
        )*

        /// Thresholds of every rule. A key that is not known is an error.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Rules {
            /// The zone whose midnight begins a day. Default `Africa/Lagos`.
            pub time_zone: Tz,
            $(#[doc = concat!($about, ".")] pub $section: $rules,)*
            /// What is otherwise for the vehicles of a group, by its name. Of several
            /// groups the last by name counts.
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            pub group: BTreeMap<String, Overrides>,
            /// What is otherwise for a vehicle, whatever its groups.
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            pub vehicle: BTreeMap<VehicleKey, Overrides>,
            /// What is otherwise at a fence, whatever the vehicle.
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            pub fence: BTreeMap<FenceId, Overrides>,
        }

        impl Default for Rules {
            fn default() -> Self {
                Self {
                    time_zone: chrono_tz::Africa::Lagos,
                    $($section: $rules::default(),)*
                    group: BTreeMap::new(),
                    vehicle: BTreeMap::new(),
                    fence: BTreeMap::new(),
                }
            }
        }

        /// What a scope sets for itself: the same keys, any of them.
        #[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Overrides {
            $(
                #[doc = concat!($about, ".")]
                #[serde(skip_serializing_if = "is_default")]
                pub $section: $overrides,
            )*
        }

        impl Overrides {
            /// Puts what is set here over `rules`.
            pub(super) fn apply(&self, rules: &mut Rules) {
                $(self.$section.apply(&mut rules.$section);)*
            }

            /// What is wrong with them, in a scope of so much; `scope` is the key they
            /// stand under.
            fn problems(&self, scope: &str, most: Scope, into: &mut Vec<String>) {
                $($(
                    if let Some(value) = &self.$section.$field {
                        let key = format!("rules.{scope}.{}.{}", stringify!($section), stringify!($field));
                        if Scope::$scope < most {
                            into.push(format!("{key}: can be set for {} only", Scope::$scope.words()));
                        }
                        check::judge(&key, value, Range::$range, into);
                    }
                )*)*
            }
        }

        impl Rules {
            /// The table of all thresholds, in order.
            pub fn table() -> Vec<RuleDoc> {
                let rules = Self::default();
                vec![$($(
                    RuleDoc {
                        key: concat!("rules.", stringify!($section), ".", stringify!($field)),
                        default: rules.$section.$field.text(),
                        unit: $unit,
                        range: Range::$range,
                        scope: Scope::$scope,
                        doc: $doc,
                    },
                )*)*]
            }

            fn own_problems(&self, into: &mut Vec<String>) {
                $($(
                    let key = concat!("rules.", stringify!($section), ".", stringify!($field));
                    check::judge(key, &self.$section.$field, Range::$range, into);
                )*)*
            }
        }

        fn is_default<T: Default + PartialEq>(value: &T) -> bool {
            *value == T::default()
        }
    };
}

pub(super) use sections;
