//! The console as a browser without scripts gets it: the way in, what each role sees, and what its forms do.

use std::sync::Arc;

use crawler::fetch::ScriptedFetcher;
use serde_json::{Value, json};
use signpost::catalogue::{HarvestState, JobKind, Role};
use url::form_urlencoded;

use super::wait_for;
use crate::harness::{Answer, Site, TestApp, source_toml};

/// The pages that need nothing but to be signed in.
const PAGES: [&str; 15] = [
    "/admin",
    "/admin/sources",
    "/admin/harvests",
    "/admin/jobs",
    "/admin/index",
    "/admin/words",
    "/admin/words/accepted",
    "/admin/reports",
    "/admin/duplicates",
    "/admin/decisions",
    "/admin/pins",
    "/admin/partners",
    "/admin/views",
    "/admin/usage",
    "/admin/audit",
];

const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody's browser.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Browser<'a> {
    /// One that has signed in with a new token of this role.
    async fn of(app: &'a TestApp, role: Role) -> Self {
        let token = app.token(role).await;
        let answer = sign_in(app, &token, "").await;
        assert_eq!((answer.status, answer.header("location")), (303, "/admin"), "{}", answer.body);
        let line = answer.header("set-cookie");
        let cookie = line.split(';').next().expect("a cookie").to_owned();
        Self { app, cookie }
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.get_with(path, &[("cookie", &self.cookie), ("accept", "text/html")]).await
    }

    /// A page that is there.
    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    async fn send(&self, path: &str, parts: &[(&str, &str)]) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("content-type", FORM), ("sec-fetch-site", "same-origin")];
        self.app.call("POST", path, &headers, form(parts)).await
    }

    /// Sends a form that is taken, and gives the page that it leads back to.
    async fn act(&self, path: &str, parts: &[(&str, &str)]) -> String {
        let answer = self.send(path, parts).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.body);
        self.page(answer.header("location")).await
    }
}

fn form(parts: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parts).finish()
}

async fn sign_in(app: &TestApp, token: &str, next: &str) -> Answer {
    app.call("POST", "/admin/session", &[("content-type", FORM)], form(&[("token", token), ("next", next)])).await
}

const POSTERS: &str = r#"[
    {"id": 1, "title": "Soap makers", "url": "https://example.org/makers", "subjects": ["Chemistry", "Sudsology"]},
    {"id": 2, "title": "Bridges", "url": "https://example.org/bridges", "subjects": ["Physics"]}
]"#;

async fn posters() -> TestApp {
    let toml = source_toml("posters", "file = \"posters.json\"");
    TestApp::with_sources(&[("posters.toml", toml)], &[("posters.json", POSTERS)]).await
}

/// An application whose source had 100 records, and has 40 now: its last run is held.
async fn held() -> (TestApp, Site, String) {
    let items = |to: u32| {
        let one =
            |n: u32| json!({ "id": n, "title": format!("Resource {n}"), "url": format!("https://example.org/{n}") });
        Value::Array((0..to).map(one).collect()).to_string()
    };
    let site = Site::start().await;
    let toml = source_toml("site", &format!("url = \"{}/items.json\"", site.origin));
    let app = TestApp::with_sources(&[("site.toml", toml)], &[]).await;
    site.put("/items.json", 200, "application/json", items(100));
    app.harvest("site").await;
    site.put("/items.json", 200, "application/json", items(40));
    let row = app.harvest("site").await;
    assert_eq!(row.state, HarvestState::Held);
    (app, site, row.id)
}

async fn is_rebuild_queued(app: &TestApp) -> bool {
    let jobs = app.app.catalogue.list_jobs(100).await.expect("the store answers");
    jobs.iter().any(|job| job.kind == JobKind::Reindex)
}

async fn total(app: &TestApp) -> Value {
    app.json("/v1/resources?facets=none").await["total"].clone()
}

#[tokio::test]
async fn nobody_sees_a_page_of_the_console_who_has_not_signed_in() {
    let app = TestApp::shipped().await;
    for path in PAGES.into_iter().chain(["/admin/tokens", "/admin/sources/programmes", "/admin/add-source"]) {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("/admin/sign-in"), "{path}: {}", answer.header("location"));
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let asked = app.get("/admin/jobs?page=2").await;
    assert_eq!(asked.header("location"), "/admin/sign-in?next=%2Fadmin%2Fjobs%3Fpage%3D2");
    let way_in = app.get(asked.header("location")).await;
    assert!(way_in.body.contains("name=\"next\" value=\"/admin/jobs?page=2\""), "{}", way_in.body);
    let sent = app.call("POST", "/admin/index/rebuild", &[("content-type", FORM)], "").await;
    assert_eq!(sent.status, 303);
    assert!(!is_rebuild_queued(&app).await);
}

#[tokio::test]
async fn a_token_opens_the_console_until_one_signs_out_or_it_is_revoked() {
    let app = TestApp::shipped().await;
    for (token, status) in [("", 403), ("sp_nobody", 403)] {
        let answer = sign_in(&app, token, "").await;
        assert_eq!((answer.status, answer.header("set-cookie")), (status, ""), "{token}");
        assert!(answer.body.contains("id=\"token-mistake\""), "{}", answer.body);
        assert!(token.is_empty() || !answer.body.contains(token), "what was typed is not shown again");
    }
    let token = app.token(Role::Admin).await;
    for (next, expected) in [("/admin/jobs", "/admin/jobs"), ("https://evil.example/", "/admin")] {
        assert_eq!(sign_in(&app, &token, next).await.header("location"), expected);
    }
    let line = sign_in(&app, &token, "").await.header("set-cookie").to_owned();
    for part in ["__Host-signpost=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains(&token));

    let browser = Browser::of(&app, Role::Admin).await;
    assert!(browser.page("/admin").await.contains("What needs you now"));
    let out = browser.send("/admin/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/admin/sign-in?said=signed-out"));
    assert_eq!(browser.get("/admin").await.status, 303);
}

#[tokio::test]
async fn no_form_of_another_site_is_taken_whoever_has_signed_in() {
    let app = TestApp::shipped().await;
    let browser = Browser::of(&app, Role::Admin).await;
    let elsewhere = [("cookie", browser.cookie.as_str()), ("content-type", FORM), ("sec-fetch-site", "cross-site")];
    for path in ["/admin/index/rebuild", "/admin/sources/programmes/enabling", "/admin/session", "/admin/sign-out"] {
        assert_eq!(app.call("POST", path, &elsewhere, "enabled=no").await.status, 403, "{path}");
    }
    assert!(!is_rebuild_queued(&app).await);
    assert_eq!(browser.get("/admin").await.status, 200);
}

#[tokio::test]
async fn every_page_is_whole_for_every_role_without_inline_script_or_style() {
    let app = posters().await;
    for role in [Role::Admin, Role::Curator, Role::ReadOnly] {
        let browser = Browser::of(&app, role).await;
        for path in PAGES.into_iter().chain(["/admin/sources/posters"]) {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            let page = &answer.body;
            assert!(!page.contains(" style=\"") && !page.contains("<style") && !page.contains(" onclick"), "{path}");
            assert!(page.split("<script").skip(1).all(|tag| tag.starts_with(" src=\"/assets/")), "{path}");
            assert_eq!(page.matches("<h1").count(), 1, "{path}");
            assert!(page.contains("<nav class=\"admin-places\"") && page.contains(role.name()), "{path}");
            for control in page.split("<input").skip(1).filter_map(|rest| rest.split('>').next()) {
                let is_named = control.contains("type=\"hidden\"") || control.contains(" id=\"");
                let stands_in_label = control.contains("type=\"checkbox\"");
                assert!(is_named || stands_in_label, "{path}: <input{control}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_only_look_is_offered_nothing_to_change_and_changes_nothing() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::ReadOnly).await;
    for path in PAGES.into_iter().chain(["/admin/sources/posters"]) {
        let page = browser.page(path).await;
        let forms = page.matches("method=\"post\"").count();
        assert_eq!(forms, 1, "{path}: signing out is the only form that is sent");
    }
    let nothing: &[(&str, &str)] = &[];
    for (path, parts) in [
        ("/admin/index/rebuild", nothing),
        ("/admin/sources/posters/enabling", &[("enabled", "no")]),
        ("/admin/sources/posters/harvest", nothing),
        ("/admin/words", &[("field", "subject"), ("word", "Sudsology"), ("concept", "chemistry")]),
        ("/admin/tokens", &[("name", "more"), ("role", "admin")]),
    ] {
        let answer = browser.send(path, parts).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("Your token may not do this"), "{path}: {}", answer.body);
    }
    assert_eq!(browser.get("/admin/tokens").await.status, 403);
    assert!(!is_rebuild_queued(&app).await);
    let curator = Browser::of(&app, Role::Curator).await;
    assert_eq!(curator.send("/admin/index/rebuild", &[]).await.status, 403);
}

#[tokio::test]
async fn what_is_wrong_with_a_source_stands_beside_its_line_and_one_that_is_right_is_added_and_previewed() {
    let records = json!([{ "id": 1, "title": "Careers in soap", "url": "https://catalogue.example/1",
        "subjects": ["Chemistry", "Alchemy"] }]);
    let site = ScriptedFetcher::new().with("https://catalogue.example/added", "application/json", records.to_string());
    let app = TestApp::over_network(Arc::new(site)).await;
    let browser = Browser::of(&app, Role::Admin).await;
    let right = "id = \"added\"\nname = \"Added\"\norganisation = \"Example Society\"\nlicence = \"cc-by-4.0\"\n\
                 kind = \"json\"\nschedule = \"daily\"\n[where]\nurl = \"https://catalogue.example/added\"\n[mapping]\n\
                 identifier = \"/id\"\ntitle = \"/title\"\nurl = \"/url\"\nsubjects = \"/subjects\"\n";
    let wrong = right.replace("kind = \"json\"", "kind = \"jsn\"").replace("cc-by-4.0", "cc-by-40");
    for button in ["check", "save"] {
        let answer = browser.send("/admin/add-source", &[("toml", &wrong), (button, "yes")]).await;
        assert_eq!(answer.status, 400, "{button}: {}", answer.body);
        for line in ["id=\"line-4\" class=\"wrong\"", "id=\"line-5\" class=\"wrong\"", "kind = &#34;jsn&#34;"] {
            assert!(answer.body.contains(line), "{button}: {line}: {}", answer.body);
        }
    }
    let checked = browser.send("/admin/add-source", &[("toml", right), ("check", "yes")]).await;
    assert!(checked.body.contains("Nothing is wrong with it."), "{}", checked.body);
    assert_eq!(browser.get("/admin/sources/added").await.status, 404);

    let page = browser.act("/admin/add-source", &[("toml", right), ("save", "yes")]).await;
    assert!(page.contains("The source is added.") && page.contains("not enabled yet"), "{page}");
    let preview = browser.send("/admin/sources/added/preview", &[]).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    assert!(preview.body.contains("Careers in soap") && preview.body.contains("Alchemy"), "{}", preview.body);
    let page = browser.act("/admin/sources/added/enabling", &[("enabled", "yes")]).await;
    assert!(page.contains("The source is enabled.") && page.contains("Harvest now"), "{page}");
    let page = browser.act("/admin/sources/added/schedule", &[("schedule", "weekly")]).await;
    assert!(page.contains("The schedule is set.") && page.contains("weekly"), "{page}");
    let wrong = browser.send("/admin/sources/added/schedule", &[("schedule", "whenever")]).await;
    assert!(wrong.status == 400 && wrong.body.contains("id=\"schedule-mistake-1\""), "{}", wrong.body);

    let asked = browser.page("/admin/sources/added/removal").await;
    assert!(asked.contains("What will happen"), "{asked}");
    let page = browser.act("/admin/sources/added/removal", &[]).await;
    assert!(page.contains("The source is retired"), "{page}");
}

#[tokio::test]
async fn a_held_run_is_approved_in_part_and_then_as_a_whole() {
    let (app, _site, id) = held().await;
    let browser = Browser::of(&app, Role::Admin).await;
    let overview = browser.page("/admin").await;
    assert!(overview.contains(&format!("/admin/harvests/{id}/difference")), "{overview}");
    let sources = browser.page("/admin/sources").await;
    assert!(sources.contains("held: it waits for you"), "{sources}");
    let harvest = browser.page(&format!("/admin/harvests/{id}")).await;
    assert!(harvest.contains("It would take away 60 records") && harvest.contains("accounted for"), "{harvest}");

    let address = format!("/admin/harvests/{id}/difference");
    let page = browser.page(&address).await;
    assert_eq!(page.matches("type=\"checkbox\" name=\"identifier\"").count(), 60);
    let approval = format!("/admin/harvests/{id}/approval");
    let page = browser.act(&approval, &[]).await;
    assert!(page.contains("Nothing was chosen"), "{page}");
    assert_eq!(total(&app).await, 100);
    let page = browser.act(&approval, &[("identifier", "40"), ("identifier", "41")]).await;
    assert!(page.contains("The rest of this run still waits.") && page.contains("take away 58 records"), "{page}");
    assert_eq!(total(&app).await, 98);
    let page = browser.page(&address).await;
    assert!(page.contains("58 of 60 records wait still") && page.contains("Let the other 58 go"), "{page}");
    assert!(browser.page("/admin").await.contains("58 of 60 records would go still"));
    let asked = browser.page(&format!("/admin/harvests/{id}/rollback")).await;
    assert!(asked.contains("2 records that it changed or took away, of which 2 come back"), "{asked}");

    let asked = browser.page(&approval).await;
    assert!(asked.contains("What will happen") && asked.contains("name=\"all\""), "{asked}");
    assert!(asked.contains("Let the other 58 records go?"), "{asked}");
    let page = browser.act(&approval, &[("all", "yes")]).await;
    assert!(page.contains("What you said yes to") && !page.contains("It waits for you"), "{page}");
    assert_eq!(total(&app).await, 40);
    let log = browser.page("/admin/audit").await;
    assert!(log.contains("approve"), "{log}");
}

#[tokio::test]
async fn a_harvest_is_started_followed_and_reported() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::Admin).await;
    let started = browser.send("/admin/sources/posters/harvest", &[]).await;
    let job = started.header("location").to_owned();
    assert!(job.starts_with("/admin/jobs/"), "{job}");
    let page = browser.page(&job).await;
    assert!(page.contains("The harvest is queued"), "{page}");
    let id = job.trim_start_matches("/admin/jobs/").split('?').next().expect("an id");
    let token = app.token(Role::Admin).await;
    wait_for(&app, &format!("/admin/v1/jobs/{id}"), &token).await;
    let page = browser.page(&job).await;
    assert!(page.contains("succeeded") && !page.contains("data-job="), "{page}");
    let page = browser.page("/admin/sources/posters").await;
    assert!(page.contains("/admin/harvests/"), "{page}");
    assert_eq!(browser.get("/admin/jobs/none").await.status, 404);
}

#[tokio::test]
async fn a_word_is_decided_and_the_decision_is_taken_back() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::Curator).await;
    let page = browser.page("/admin/words?q=suds").await;
    assert!(page.contains("Sudsology"), "{page}");
    let field = page.split("name=\"field\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let field = field.expect("the field of the word").to_owned();
    let wrong = [("field", field.as_str()), ("word", "Sudsology"), ("other", "chemistri")];
    let answer = browser.send("/admin/words?q=suds", &wrong).await;
    assert!(answer.status == 400 && answer.body.contains("chemistri"), "{}", answer.body);
    let nothing = [("field", field.as_str()), ("word", "Sudsology"), ("other", " , ")];
    let answer = browser.send("/admin/words?q=suds", &nothing).await;
    assert!(answer.status == 400 && answer.body.contains("has a button of its own"), "{}", answer.body);
    let concepts = format!("/admin/words/concepts/{field}");
    assert!(answer.body.contains(&concepts) && browser.page(&concepts).await.contains("<code>chemistry</code>"));
    assert_eq!(browser.get("/admin/words/concepts/none").await.status, 404);
    let right = [("field", field.as_str()), ("word", "Sudsology"), ("other", "chemistry")];
    let page = browser.act("/admin/words?q=suds", &right).await;
    assert!(page.contains("The word is decided."), "{page}");
    let page = browser.page("/admin/words/accepted").await;
    let undo = page.split("href=\"").find(|rest| rest.contains("/undo\"")).and_then(|rest| rest.split('"').next());
    let undo = undo.expect("a way to take it back").to_owned();
    assert!(browser.page(&undo).await.contains("What will happen"));
    let page = browser.act(&undo, &[]).await;
    assert!(page.contains("taken back"), "{page}");
}

#[tokio::test]
async fn a_pin_is_made_with_every_mistake_told_at_its_field() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::Curator).await;
    let id = app.id_of("Bridges").await;
    let address = format!("https://signpost.example/resources/{id}");
    let wrong = [("query", "soap"), ("action", "pin"), ("resource", address.as_str()), ("expires", "2020-01-01")];
    let answer = browser.send("/admin/pins", &wrong).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    for field in ["owner", "reason", "expires"] {
        assert!(answer.body.contains(&format!("id=\"{field}-mistake\"")), "{field}: {}", answer.body);
    }
    assert!(answer.body.contains("<details open>") && answer.body.contains(&address), "{}", answer.body);
    let right = [wrong[0], wrong[1], wrong[2], ("owner", "Ada"), ("reason", "asked for"), ("expires", "2026-12-31")];
    let page = browser.act("/admin/pins", &right).await;
    assert!(page.contains("The pin stands") && page.contains("31 December 2026"), "{page}");
    let first = app.json("/v1/resources?q=soap&facets=none").await["results"][0]["title"].clone();
    assert_eq!(first, "Bridges");
}

#[tokio::test]
async fn two_resources_are_made_one_for_a_reason_and_the_decision_is_taken_back() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::Curator).await;
    let (one, into) = (app.id_of("Bridges").await, app.id_of("Soap makers").await);
    let asked = browser.page(&format!("/admin/duplicates/merge?one={one}&into={into}")).await;
    assert!(asked.contains("What will happen") && asked.contains("name=\"why\""), "{asked}");
    let merge = [("one", one.as_str()), ("into", into.as_str())];
    let answer = browser.send("/admin/duplicates/merge", &merge).await;
    assert!(answer.status == 400 && answer.body.contains("role=\"alert\""), "{}", answer.body);
    let page = browser.act("/admin/duplicates/merge", &[merge[0], merge[1], ("why", "the same poster")]).await;
    assert!(page.contains("The two resources are one now."), "{page}");
    assert_eq!(total(&app).await, 1);
    let page = browser.page("/admin/decisions").await;
    assert!(page.contains("the same poster"), "{page}");
    let undo = page.split("href=\"").find(|rest| rest.contains("/undo\"")).and_then(|rest| rest.split('"').next());
    let undo = undo.expect("a way to take it back").to_owned();
    let page = browser.act(&undo, &[("why", "they are two")]).await;
    assert!(page.contains("taken back") && page.contains("they are two"), "{page}");
    assert_eq!(total(&app).await, 2);
}

#[tokio::test]
async fn a_resource_is_hidden_shown_again_and_corrected_with_a_reason() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::Curator).await;
    let id = app.id_of("Bridges").await;
    let address = format!("/admin/resources/{id}");
    assert!(browser.page("/admin/decisions").await.contains("action=\"/admin/resources\""));
    let of = format!("/admin/resources?of=https%3A%2F%2Fsignpost.example%2Fresources%2F{id}");
    let led = browser.get(&of).await;
    assert_eq!((led.status, led.header("location")), (303, address.as_str()));
    assert!(browser.page(&address).await.contains("Bridges"));
    assert_eq!(browser.get("/admin/resources/none").await.status, 404);

    let hide = [("kind", "hide"), ("reason", "it sells something"), ("why", "")];
    let answer = browser.send(&address, &hide).await;
    assert!(answer.status == 400 && answer.body.contains("value=\"it sells something\""), "{}", answer.body);
    let page = browser.act(&address, &[hide[0], hide[1], ("why", "a teacher wrote")]).await;
    assert!(page.contains("It is decided") && page.contains("it sells something"), "{page}");
    assert_eq!((total(&app).await, app.get(&format!("/v1/resources/{id}")).await.status), (json!(1), 410));
    let undo = page.split("href=\"").find(|rest| rest.contains("/undo\"")).and_then(|rest| rest.split('"').next());
    browser.act(undo.expect("a way to show it again"), &[("why", "it does not")]).await;
    assert_eq!(total(&app).await, 2);

    let correct = [("kind", "correct"), ("field", "title"), ("value", "Arches"), ("why", "they are arches")];
    let page = browser.act(&address, &correct).await;
    assert!(page.contains("Arches") && page.contains("they are arches"), "{page}");
    assert_eq!(app.json(&format!("/v1/resources/{id}")).await["title"], "Arches");
    let unknown = [correct[0], ("field", "titel"), correct[2], correct[3]];
    assert_eq!(browser.send(&address, &unknown).await.status, 400);
}

#[tokio::test]
async fn a_report_is_answered_for_whoever_made_it() {
    let app = posters().await;
    let id = app.id_of("Bridges").await;
    let report = json!({ "resource": id, "kind": "wrong-detail", "detail": "<b>The title</b> is wrong" }).to_string();
    let sent = app.call("POST", "/v1/reports", &[("content-type", "application/json")], report).await;
    assert!((200..300).contains(&sent.status), "{}", sent.body);
    let reference = sent.json()["reference"].as_str().expect("a reference").to_owned();
    let browser = Browser::of(&app, Role::Curator).await;
    assert!(browser.page("/admin").await.contains("1 waits for an answer"));
    let page = browser.page("/admin/reports").await;
    assert!(page.contains(&reference) && !page.contains("<b>The title"), "{page}");
    let outcome = format!("/admin/reports/{reference}/outcome");
    let answer = browser.send(&outcome, &[("state", "fixed"), ("outcome", " ")]).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let page = browser.act(&outcome, &[("state", "fixed"), ("outcome", "It is put right.")]).await;
    assert!(page.contains("The report is answered"), "{page}");
    assert!(browser.page("/admin/reports?state=every").await.contains("It is put right."));
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoking_asks_why() {
    let app = TestApp::shipped().await;
    let browser = Browser::of(&app, Role::Admin).await;
    let wrong = browser.send("/admin/tokens", &[("name", ""), ("role", "king"), ("days", "soon")]).await;
    assert!(wrong.status == 400 && wrong.body.contains("expires_in_days"), "{}", wrong.body);
    let made = browser.send("/admin/tokens", &[("name", "Ada"), ("role", "curator"), ("days", "90")]).await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.body);
    let token = made.body.split("data-copy><code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a token");
    assert_eq!(sign_in(&app, token, "").await.status, 303);
    let page = browser.page("/admin/tokens").await;
    assert!(page.contains("Ada") && !page.contains(token), "{page}");

    let row =
        app.app.catalogue.list_tokens().await.unwrap().into_iter().find(|row| row.name == "Ada").expect("a token");
    let revocation = format!("/admin/tokens/{}/revocation", row.id);
    assert!(browser.page(&revocation).await.contains("name=\"why\""));
    let answer = browser.send(&revocation, &[("why", "")]).await;
    assert!(answer.status == 400 && answer.body.contains("role=\"alert\""), "{}", answer.body);
    let page = browser.act(&revocation, &[("why", "she has left")]).await;
    assert!(page.contains("The token is revoked"), "{page}");
    assert_eq!(sign_in(&app, token, "").await.status, 403);
}

#[tokio::test]
async fn while_the_store_is_away_the_console_says_so_and_that_searches_go_on() {
    let app = posters().await;
    let browser = Browser::of(&app, Role::Admin).await;
    app.app.catalogue.close().await;
    let answer = browser.get("/admin").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.body.contains("Searches go on from the index") && answer.body.contains("2 resources"));
    assert!(!answer.body.contains("sqlite") && !answer.body.contains("signpost.db"), "{}", answer.body);
    assert_eq!(app.get("/v1/resources?q=bridges&facets=none").await.status, 200);
}
