//! Which figures are wanted and in which order trucks stand, by hand-made days.

use watchtower_core::domain::units::Metres;

use super::*;

fn course(vehicle: &str, km: f64, returned: u32) -> Course {
    let sum = TruckMetric {
        vehicle: vehicle.to_owned(),
        distance_m: Metres(km * 1_000.0),
        moving_s: km * 60.0,
        stopped_s: 86_400.0,
        returned,
        tat_s: f64::from(returned) * 3_600.0 * km,
        ..TruckMetric::default()
    };
    Course { vehicle: VehicleKey::new(vehicle).unwrap(), sum, days: vec![None; 14] }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn asked() -> (Analytics, Wish) {
    let mut analytics = Analytics::default();
    analytics.use_archive();
    analytics.see(day("2026-11-27"), &Roster::default());
    let wish = analytics.wish().unwrap();
    (analytics, wish)
}

fn answered() -> Analytics {
    let (mut analytics, wish) = asked();
    let trucks = vec![course("T1", 80.0, 0), course("T2", 120.0, 2), course("T3", 40.0, 1)];
    analytics.take(wish, Ok(Arc::new(Figures { from: wish.from, days: vec![None; 14], trucks })));
    analytics
}

fn order(analytics: &mut Analytics) -> Vec<String> {
    analytics.see(day("2026-11-27"), &Roster::default());
    (0..analytics.rows().len()).map(|row| analytics.vehicle(row).unwrap().to_string()).collect()
}

#[test]
fn nothing_is_wished_for_without_a_store_or_while_nobody_looks() {
    let mut analytics = Analytics::default();
    analytics.see(day("2026-11-27"), &Roster::default());
    assert_eq!(analytics.wish(), None);
    let (mut analytics, wish) = asked();
    assert_eq!((wish.from, wish.to), (day("2026-11-13"), day("2026-11-27")));
    analytics.unsee();
    assert_eq!(analytics.wish(), None);
}

#[test]
fn the_pane_asks_anew_when_it_is_opened_and_not_while_it_stays() {
    let (mut analytics, wish) = asked();
    analytics.see(day("2026-11-27"), &Roster::default());
    assert_eq!(analytics.wish(), Some(wish));
    analytics.unsee();
    analytics.see(day("2026-11-27"), &Roster::default());
    assert_ne!(analytics.wish(), Some(wish));
}

#[test]
fn an_answer_to_what_is_no_longer_wanted_is_let_go_of() {
    let (mut analytics, fortnight) = asked();
    analytics.turn_period();
    analytics.see(day("2026-11-27"), &Roster::default());
    assert_eq!(analytics.wish().unwrap().from, day("2026-10-28"));
    analytics.take(fortnight, Err("late".to_owned()));
    assert_eq!((analytics.failure.clone(), analytics.supply), (None, Supply::Awaited));
}

#[test]
fn trucks_are_sorted_by_any_figure_and_the_unknown_stand_last() {
    let mut analytics = answered();
    assert_eq!(order(&mut analytics), ["T1", "T2", "T3"]);
    analytics.sort_by(Some(Figure::Distance));
    assert_eq!(order(&mut analytics), ["T2", "T1", "T3"]);
    analytics.sort_by(Some(Figure::Distance));
    assert_eq!(order(&mut analytics), ["T3", "T1", "T2"]);
    analytics.sort_by(Some(Figure::Turnaround));
    assert_eq!(order(&mut analytics), ["T2", "T3", "T1"]);
    analytics.sort_by(Some(Figure::Turnaround));
    assert_eq!(order(&mut analytics), ["T3", "T2", "T1"]);
}

#[test]
fn a_failure_leaves_the_figures_that_came_before() {
    let mut analytics = answered();
    let wish = analytics.wish().unwrap();
    analytics.take(wish, Err("store unavailable: gone".to_owned()));
    assert!(analytics.failure.is_some() && analytics.figures.is_some());
}

#[test]
fn shares_are_of_all_days_together_and_sums_are_a_day() {
    let sum = course("T1", 100.0, 2).sum;
    assert_eq!(Figure::Distance.mean(&sum, 10), Some(10_000.0));
    assert_eq!(Figure::Turnaround.mean(&sum, 10), Some(360_000.0));
    assert_eq!(Figure::Turnaround.of(&TruckMetric::default()), None);
    assert_eq!(Figure::Utilisation.of(&TruckMetric::default()), None);
    let told = Figure::ALL.map(|figure| figure.told(figure.of(&sum).unwrap()));
    assert_eq!(told[2..], ["100 km", "0", "0.0 h", "0"]);
}
