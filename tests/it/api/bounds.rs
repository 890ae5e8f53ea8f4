//! What is kept for long or held in memory has an end.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan as _};
use signpost::catalogue::{
    Catalogue, Counted, NewOwner, PartnerDetails, UsageFilter, UsageSum, ViewDefinition, ViewWriter,
};

use crate::harness::TestApp;

fn definition(title: &str) -> ViewDefinition {
    ViewDefinition { title: title.to_owned(), ..ViewDefinition::default() }
}

async fn searches_on(catalogue: &Catalogue, day: Date) -> Vec<u64> {
    let filter = UsageFilter { views: None, from: day, to: day };
    let days = catalogue.usage_by_day(&filter).await.expect("the store can be read");
    days.iter().map(|day| day.count).collect()
}

#[tokio::test]
async fn sums_are_kept_for_eight_hundred_days_and_no_longer() {
    let app = TestApp::shipped().await;
    let catalogue = &app.app.catalogue;
    let first = date(2024, 9, 10);
    let one = [UsageSum { view: String::new(), what: Counted::Searches, key: String::new(), count: 1 }];
    catalogue.add_usage(&one, first).await.unwrap();
    catalogue.add_usage(&one, first.saturating_add(800.days())).await.unwrap();
    assert_eq!(searches_on(catalogue, first).await, [1], "the same month can be compared two years later");
    catalogue.add_usage(&one, first.saturating_add(801.days())).await.unwrap();
    assert_eq!(searches_on(catalogue, first).await, Vec::<u64>::new());
    assert_eq!(searches_on(catalogue, first.saturating_add(800.days())).await, [1]);
}

#[tokio::test]
async fn a_partner_takes_two_hundred_names_whatever_it_deletes() {
    let app = TestApp::shipped().await;
    let (catalogue, now) = (&app.app.catalogue, app.app.clock.now());
    let details = PartnerDetails { name: "Us".to_owned(), contact: "the office".to_owned(), view: None };
    let (partner, _) = catalogue.create_partner(&details, now).await.unwrap();
    let writer = ViewWriter::Partner(partner.id);
    let view = definition("Ours");
    // A hundred a day: how many are made in a day is another limit.
    let day = |number: i64| now.saturating_add(SignedDuration::from_hours(24 * (number / 100))).expect("a time");
    for number in 0..200 {
        let name = format!("view-{number}");
        catalogue.put_view(&name, &view, &writer, "us", day(number)).await.unwrap();
        catalogue.delete_view(&name, &writer, "us", day(number)).await.unwrap();
    }
    let later = day(1_000);
    let refused = catalogue.put_view("one-more", &view, &writer, "us", later).await.unwrap_err();
    assert!(refused.to_string().contains("at most 200 names"), "{refused}");
    let again = catalogue.put_view("view-7", &view, &writer, "us", later).await;
    assert!(again.is_ok(), "a name that it has is used again: {again:?}");
}

#[tokio::test]
async fn two_hundred_views_are_made_in_a_day_and_two_thousand_stand_at_once() {
    let app = TestApp::shipped().await;
    let (catalogue, now) = (&app.app.catalogue, app.app.clock.now());
    let day = |number: i64| now.saturating_add(SignedDuration::from_hours(48 * number)).expect("a time");
    let view = definition("Ours");
    for number in 0..100 {
        // Each partner has as many as it may have.
        let details = PartnerDetails { name: format!("Us {number}"), contact: "the office".to_owned(), view: None };
        let (partner, _) = catalogue.create_partner(&details, now).await.unwrap();
        let writer = ViewWriter::Partner(partner.id);
        for of_it in 0..20 {
            let name = format!("view-{number}-{of_it}");
            catalogue.put_view(&name, &view, &writer, "us", day(number / 10)).await.unwrap();
        }
        if number == 9 {
            let details = PartnerDetails { name: "Others".to_owned(), ..details };
            let (other, _) = catalogue.create_partner(&details, now).await.unwrap();
            let other = ViewWriter::Partner(other.id);
            let refused = catalogue.put_view("too-soon", &view, &other, "others", day(0)).await.unwrap_err();
            assert!(refused.to_string().contains("200 views were made in a day"), "{refused}");
        }
    }
    let (admin, later) = (ViewWriter::Admin(NewOwner::Service), day(1_000));
    let refused = catalogue.put_view("one-more", &view, &admin, "admin", later).await.unwrap_err();
    assert!(refused.to_string().contains("2000 views stand already"), "{refused}");
    let changed = catalogue.put_view("view-7-7", &definition("Ours now"), &admin, "admin", later).await;
    assert!(changed.is_ok(), "one that stands is changed: {changed:?}");
    catalogue.delete_view("view-7-7", &admin, "admin", later).await.unwrap();
    let room = catalogue.put_view("one-more", &view, &admin, "admin", later).await;
    assert!(room.is_ok(), "and one that is gone makes room: {room:?}");
}
