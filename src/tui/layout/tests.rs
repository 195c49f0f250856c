//! Whatever the size and wherever panes were dragged, they tile the screen.

use super::*;

/// A view with `pane` in focus and every cut of a screen at `share`, where there is one.
fn view(screen: Rect, pane: Pane, share: Option<f64>) -> View {
    let mut view = View::default();
    view.give_focus(pane);
    if let Some(share) = share {
        let cuts = arrange(screen, &view).dividers.into_iter().map(|divider| divider.cut);
        view.shares = cuts.map(|cut| (cut, share)).collect();
    }
    view
}

#[test]
fn at_every_size_panes_tile_the_screen_and_the_focus_is_shown() {
    for (width, height) in (1..=300).step_by(7).flat_map(|w| (1..=100).step_by(3).map(move |h| (w, h))) {
        for (focus, share) in Pane::ALL
            .into_iter()
            .flat_map(|pane| [None, Some(0.0), Some(0.5), Some(7.0)].map(|share| (pane, share)))
        {
            let screen = Rect::new(0, 0, width, height);
            let layout = arrange(screen, &view(screen, focus, share));
            let areas: Vec<Rect> = layout.places.iter().map(|place| place.area).collect();
            let covered = areas.iter().map(|area| area.area()).sum::<u32>()
                + layout.status.area()
                + layout.hints.area();
            assert_eq!(covered, screen.area(), "{width}x{height}");
            for (i, area) in areas.iter().enumerate() {
                assert_eq!(area.intersection(screen), *area);
                assert!(areas[..i].iter().all(|other| !other.intersects(*area)));
            }
            assert!(height == 1 || layout.of(focus).is_some(), "{width}x{height} {focus:?}");
        }
    }
}

#[test]
fn a_pane_brought_up_is_seen_and_takes_no_keys() {
    let mut view = View::default();
    view.bring_up(Pane::Truck);
    let layout = arrange(Rect::new(0, 0, 80, 24), &view);
    assert!(layout.of(Pane::Truck).is_some() && layout.of(Pane::Alerts).is_none());
    assert_eq!(view.focus(), Pane::Map);
    view.give_focus(Pane::Alerts);
    view.bring_up(Pane::Events);
    assert_eq!(view.focus(), Pane::Alerts);
}

#[test]
fn a_moved_cut_stays_where_it_was_put() {
    let mut view = View::default();
    let screen = Rect::new(0, 0, 200, 50);
    let divider = arrange(screen, &view).divider_of(Pane::Fleet, Axis::Across).unwrap();
    assert_eq!((divider.cut, divider.before), (Cut::WideLists, 62));
    let grabbed = arrange(screen, &view).divider_at(61, 20).unwrap();
    assert_eq!(grabbed, divider);
    view.move_cut(divider.cut, 80, divider.length());
    assert_eq!(arrange(screen, &view).of(Pane::Fleet).unwrap().width, 80);
    view.forget_cuts();
    assert_eq!(arrange(screen, &view).of(Pane::Fleet).unwrap().width, 62);
}

#[test]
fn a_remembered_view_of_other_panes_is_completed() {
    let told: View = serde_json::from_str(r#"{"recent":["trips","map","trips"]}"#).unwrap();
    let whole = told.completed();
    assert_eq!(whole.focus(), Pane::Trips);
    assert_eq!(whole.recent.len(), Pane::ALL.len());
}
