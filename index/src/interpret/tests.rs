use std::sync::LazyLock;

use rstest::rstest;
use schemas::Vocabularies;

use super::{Interpreter, Reading};
use crate::results::Corrected;
use crate::words;

static INTERPRETER: LazyLock<Interpreter> = LazyLock::new(|| Interpreter::new(Vocabularies::shipped()));

fn read(text: &str) -> Reading {
    INTERPRETER.read(words::parse(text), Vec::new())
}

/// What was understood; alternatives of one group as one, what is not wanted with a `!`.
fn filters(reading: &Reading) -> Vec<String> {
    let mut filters: Vec<(usize, String)> = Vec::new();
    for run in &reading.runs {
        let sign = if run.is_negated { "!" } else { "" };
        let written = format!("{sign}{}={}", run.field.name(), run.id);
        match filters.iter_mut().find(|(group, _)| *group == run.group) {
            Some((_, others)) => *others = format!("{others}|{written}"),
            None => filters.push((run.group, written)),
        }
    }
    filters.into_iter().map(|(_, written)| written).collect()
}

fn wanted(text: &str) -> Vec<String> {
    read(text).wanted.into_iter().map(|term| term.typed).collect()
}

/// What is left to be searched as text, what of it must be found, and what was understood.
#[rstest]
#[case::level_subject_type("year 9 chemistry video", "", "", &["level=eng-year-9", "subject=chemistry", "type=video"])]
#[case::short_year("y9", "", "", &["level=eng-year-9"])]
#[case::those_in_it("what could my Year 9s do with chemistry?", "", "", &["level=eng-year-9", "subject=chemistry"])]
#[case::those_in_it_short("y9s", "", "", &["level=eng-year-9"])]
#[case::short_year_with_gap("yr 9", "", "", &["level=eng-year-9"])]
#[case::stage("ks3", "", "", &["level=ks3"])]
#[case::stage_in_words("key stage three", "", "", &["level=ks3"])]
#[case::range_that_is_a_stage("years 7-9", "", "", &["level=ks3"])]
#[case::two_years("years 7 and 8 chemistry", "", "", &["level=eng-year-7|level=eng-year-8", "subject=chemistry"])]
#[case::two_stages("KS3/4 physics", "", "", &["level=ks3|level=ks4", "subject=physics"])]
#[case::ages("chemistry for 13 year olds", "", "", &["subject=chemistry", "level=eng-year-9"])]
#[case::scottish_year("S2 biology", "", "", &["level=sco-s2", "subject=biology"])]
#[case::scottish_primary("P7", "", "", &["level=sco-p7"])]
#[case::scottish_level("third level", "", "", &["level=cfe-third"])]
#[case::year_in_northern_ireland(
    "chemistry P5 northern ireland", "", "",
    &["subject=chemistry", "level=ni-year-5", "nation=northern-ireland"]
)]
#[case::stage_in_northern_ireland(
    "maths careers key stage 3 northern ireland", "careers", "",
    &["subject=mathematics", "level=ni-ks3", "nation=northern-ireland"]
)]
#[case::both_names_of_a_level(
    "biology careers video ks3 scotland third level", "careers", "",
    &["subject=biology", "type=video", "level=ks3", "nation=scotland", "level=cfe-third"]
)]
#[case::job("nurse", "", "", &["occupation=nurse"])]
#[case::jobs("Nurses", "", "", &["occupation=nurse"])]
#[case::letters("D&T", "", "", &["subject=design-technology"])]
#[case::letters_without_sign("DT careers", "careers", "", &["subject=design-technology"])]
#[case::capitals("IT", "", "", &["subject=computing"])]
#[case::no_capitals("it", "it", "it", &[])]
#[case::acronym("SEND", "", "", &["inclusion=send"])]
#[case::no_acronym("send a rocket", "send", "send", &["subject=astronomy-space"])]
#[case::acronym_beside_pupils("send pupils", "", "", &["inclusion=send"])]
#[case::quoted("\"chemistry\" video", "\"chemistry\"", "", &["type=video"])]
#[case::excluded("chemistry -video", "-video", "", &["subject=chemistry"])]
#[case::rest("crystal chemistry", "crystal", "crystal", &["subject=chemistry"])]
#[case::tied("careers in chemistry", "careers", "", &["subject=chemistry"])]
#[case::tied_twice("the chemistry of crystal", "crystal", "crystal", &["subject=chemistry"])]
#[case::tied_between("chemistry for year 9", "", "", &["subject=chemistry", "level=eng-year-9"])]
#[case::only_ties_left("What can I do with chemistry?", "", "", &["subject=chemistry"])]
#[case::shouted("WHAT CAN I DO WITH CHEMISTRY", "", "", &["subject=chemistry"])]
#[case::twice("chemistry chem", "", "", &["subject=chemistry"])]
#[case::longest_first("computer science", "", "", &["subject=computer-science"])]
#[case::everyday("early careers", "early careers", "early", &[])]
#[case::number("9", "9", "9", &[])]
#[case::an_id_is_no_label("en", "en", "en", &[])]
#[case::nothing_known("quidditch", "quidditch", "quidditch", &[])]
#[case::nothing("", "", "", &[])]
#[case::free("free", "", "", &["cost=free"])]
#[case::nation("Scotland", "", "", &["nation=scotland"])]
#[case::file("pdf", "", "", &["medium=download"])]
#[case::quiz("quiz", "", "", &["type=game-quiz"])]
#[case::training("cpd", "", "", &["type=cpd"])]
#[case::exam("gcse", "", "", &["level=ks4"])]
#[case::exam_and_subject(
    "occupations where you need GCSE physics", "occupations", "",
    &["level=ks4", "subject=physics"]
)]
#[case::a_level("A level", "", "", &["level=ks5"])]
#[case::a_levels("a-levels in physics", "", "", &["level=ks5", "subject=physics"])]
#[case::no_a_level("what is a level 3 apprenticeship", "", "", &["route=apprenticeship-3"])]
#[case::t_level(
    "t level science industry placement examples", "examples", "",
    &["route=t-level-science", "type=work-experience"]
)]
#[case::apprentices("apprentices", "", "", &["route=route-apprenticeship"])]
#[case::level_far_from_apprenticeship(
    "engineering apprenticeships near me level 3", "", "",
    &["subject=engineering", "route=apprenticeship-3"]
)]
#[case::level_alone("level 3", "level 3", "level 3", &[])]
#[case::girls(
    "careers using chemistry for year 9 girls", "careers", "",
    &["subject=chemistry", "level=eng-year-9", "inclusion=girls"]
)]
#[case::women("women in engineering", "", "", &["inclusion=girls", "subject=engineering"])]
#[case::possessive("women's careers", "careers", "", &["inclusion=girls"])]
#[case::parents(
    "resources for parents about t levels and apprenticeships", "resources", "",
    &["audience=parent", "route=t-level", "route=route-apprenticeship"]
)]
#[case::for_teachers("cpd for maths teachers", "", "", &["type=cpd", "audience=maths-teacher"])]
#[case::a_teacher_is_a_job("how to become a maths teacher", "how to become", "", &["occupation=maths-teacher"])]
#[case::pupils_of_a_year("year 9 pupils chemistry", "pupils", "", &["level=eng-year-9", "subject=chemistry"])]
#[case::children_are_a_topic("nurses who work with children", "work with children", "", &["occupation=nurse"])]
#[case::for_students("engineering for students", "", "", &["subject=engineering", "audience=student"])]
#[case::poster_at_work("posters where maths is used at work", "work", "", &["type=poster", "subject=mathematics"])]
#[case::pay("how much do nurses earn", "earn", "", &["occupation=nurse"])]
#[case::pay_is_the_thing("salary", "salary", "salary", &[])]
#[case::subjects("I want to be a vet what subjects", "subjects", "", &["occupation=vet"])]
#[case::paid_is_no_cost("paid work experience", "paid", "", &["type=work-experience"])]
#[case::fees("university fees", "fees", "fees", &["route=degree"])]
#[case::what_they_do("what do data scientists actually do", "", "", &["occupation=data-scientist"])]
#[case::job_ideas("chemistry job ideas", "job ideas", "", &["subject=chemistry"])]
#[case::stem_true_of_everything(
    "collapsed timetable day stem year 9 engineering", "stem", "",
    &["type=workshop", "level=eng-year-9", "subject=engineering"]
)]
#[case::stem_alone("stem careers", "stem careers", "stem", &[])]
#[case::stem_cell("stem cell research careers", "stem cell careers", "stem cell", &["sector=research-academia"])]
#[case::steam("steam engines", "steam engines", "steam engines", &[])]
#[case::whole_school(
    "whole school stem careers strategy", "whole school stem careers strategy", "school strategy",
    &[]
)]
#[case::week(
    "national careers week stem assembly ks4", "national careers week stem", "national week",
    &["type=presentation", "level=ks4"]
)]
#[case::benchmark("gatsby benchmark 5", "", "", &["benchmark=gatsby-5"])]
#[case::short_benchmark("bm4", "", "", &["benchmark=gatsby-4"])]
#[case::legislation(
    "provider access legislation assembly slides", "", "",
    &["benchmark=gatsby-7", "type=presentation"]
)]
#[case::negated("not engineering", "", "", &["!subject=engineering"])]
#[case::negated_run("not computer science", "", "", &["!subject=computer-science"])]
#[case::negated_type("physics not video", "", "", &["subject=physics", "!type=video"])]
#[case::negated_cost("ks3 not free", "", "", &["level=ks3", "!cost=free"])]
#[case::no_cost("no cost", "", "", &["cost=free"])]
#[case::negated_beside_asked(
    "what can you do with physics A level not engineering", "", "",
    &["subject=physics", "level=ks5", "!subject=engineering"]
)]
#[case::negated_with_article("space careers without a degree", "careers", "", &["sector=space", "!route=degree"])]
#[case::negated_in_speech("jobs with animals that arent vet", "jobs with animals", "animals", &["!occupation=vet"])]
#[case::negated_in_speech_apostrophe("jobs that aren’t vet", "jobs", "", &["!occupation=vet"])]
#[case::dont_want("I don't want to go to university", "", "", &["!route=degree"])]
#[case::negated_list("careers without maths or physics", "careers", "", &["!subject=mathematics", "!subject=physics"])]
#[case::other_than(
    "engineering other than civil engineering", "", "",
    &["subject=engineering", "!subject=civil-engineering"]
)]
#[case::negated_text("not quidditch", "not quidditch", "quidditch", &[])]
#[case::without_text("broomsticks without quidditch", "broomsticks without quidditch", "broomsticks quidditch", &[])]
#[case::not_just("science jobs for key stage 2 not just doctors", "jobs", "", &["subject=science", "level=ks2"])]
#[case::not_just_several("biology not only nurses and vets", "", "", &["subject=biology"])]
#[case::not_just_text("physics not just quidditch", "", "", &["subject=physics"])]
#[case::either("biology or chemistry", "", "", &["subject=biology|subject=chemistry"])]
#[case::both("biology and chemistry", "", "", &["subject=biology", "subject=chemistry"])]
#[case::either_of_three(
    "biology, chemistry or physics", "", "",
    &["subject=biology|subject=chemistry|subject=physics"]
)]
#[case::slash("biology/chemistry ks3", "", "", &["subject=biology|subject=chemistry", "level=ks3"])]
#[case::route_or_route(
    "university or apprenticeship engineering", "", "",
    &["route=degree|route=route-apprenticeship", "subject=engineering"]
)]
#[case::either_level("year 9 and year 10", "", "", &["level=eng-year-9|level=eng-year-10"])]
#[case::types_are_alternatives("posters and videos", "", "", &["type=poster|type=video"])]
#[case::or_between_fields("poster or chemistry", "", "", &["type=poster", "subject=chemistry"])]
#[case::sector_by_its_label("space", "", "", &["sector=space"])]
#[case::sector_and_type("virtual tour of a factory", "", "", &["type=workplace-visit", "sector=manufacturing"])]
#[case::occupation_and_medium(
    "job profile analytical chemist pdf", "", "",
    &["type=job-profile", "occupation=analytical-chemist", "medium=download"]
)]
#[case::talks(
    "employer talks for year 10 engineering apprentices", "", "",
    &["type=ambassador-visit", "level=eng-year-10", "subject=engineering", "route=route-apprenticeship"]
)]
#[case::pay_data(
    "lmi engineering salaries year 11", "salaries", "",
    &["type=labour-market-information", "subject=engineering", "level=eng-year-11"]
)]
#[case::subject_twice("careers with geography and gis", "careers", "", &["subject=geography"])]
#[case::loans("physical loan kits electronics", "", "", &["type=kit-loan", "subject=electronics"])]
#[case::options("gcse options advice stem parents", "advice stem", "", &["type=pathway-guide", "audience=parent"])]
#[case::virtual_experience(
    "virtual work experience engineering year 12", "", "",
    &["type=work-experience", "subject=engineering", "level=eng-year-12"]
)]
#[case::forensic("forensic science careers uk", "careers", "", &["sector=forensics-crime", "nation=uk"])]
#[case::cyber(
    "cyber security careers lesson year 8", "careers", "",
    &["subject=cyber-security", "type=lesson-plan", "level=eng-year-8"]
)]
#[case::aerospace(
    "apprenticeships in aerospace KS4 poster", "", "",
    &["route=route-apprenticeship", "sector=aerospace-aviation", "level=ks4", "type=poster"]
)]
#[case::inclusion("careers resources for SEND pupils stem", "careers resources stem", "", &["inclusion=send"])]
#[case::climate("climate change careers", "careers", "", &["subject=environmental-science"])]
#[case::virtual_reality("virtual reality", "virtual reality", "virtual reality", &[])]
#[case::label_typed_whole("Year 10 (England)", "", "", &["level=eng-year-10"])]
#[case::soc_alternative_is_no_name("scientist", "scientist", "scientist", &[])]
fn words_become_concepts(#[case] text: &str, #[case] left: &str, #[case] searched: &str, #[case] understood: &[&str]) {
    let reading = read(text);
    let typed: Vec<&str> = reading.searched_words().into_iter().map(|term| term.typed.as_str()).collect();
    assert_eq!(filters(&reading), understood);
    assert_eq!(reading.interpretation(Vocabularies::shipped()).text, left);
    assert_eq!(typed.join(" "), searched);
}

#[rstest]
#[case::named_twice("careers with geography and gis", &["gis"])]
#[case::pay("how much do nurses earn", &["earn", "salary", "pay"])]
#[case::subjects("I want to be a vet what subjects", &["subjects", "qualifications"])]
#[case::types("posters and videos", &["posters", "videos"])]
#[case::level_of_apprenticeship("apprenticeships near me level 3", &["level", "3"])]
#[case::children("nurses who work with children", &["children"])]
#[case::a_word_beside_a_word("quidditch salary", &["salary", "pay"])]
#[case::the_thing_itself("salary", &[])]
#[case::pupils("year 9 pupils", &[])]
#[case::nothing("", &[])]
fn some_words_help_and_need_not_be_found(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(wanted(text), expected);
}

#[rstest]
#[case::of_one_field("open day", "open day", &["type=event", "type=university-college-encounter"])]
#[case::of_several_fields("eng", "eng", &["nation=england", "subject=engineering"])]
#[case::among_others("physics open day", "open day", &["type=event", "type=university-college-encounter"])]
fn what_names_several_things_is_searched_and_listed(
    #[case] text: &str,
    #[case] matched: &str,
    #[case] expected: &[&str],
) {
    let reading = read(text);
    let ambiguous = reading.interpretation(Vocabularies::shipped()).ambiguous;
    let meanings: Vec<String> =
        ambiguous[0].meanings.iter().map(|meaning| format!("{}={}", meaning.facet.name(), meaning.id)).collect();
    assert_eq!((ambiguous.len(), ambiguous[0].matched.as_str()), (1, matched));
    assert_eq!(meanings, expected);
    assert_eq!(reading.searched_words().len(), matched.split(' ').count());
}

#[test]
fn the_words_of_a_filter_are_given_as_typed() {
    let interpretation = read("Year 9, please not video").interpretation(Vocabularies::shipped());
    let [year, video] = interpretation.filters.as_slice() else { panic!("two filters") };
    assert_eq!((year.matched.as_str(), year.label.as_str()), ("Year 9", "Year 9 (England)"));
    assert!(year.soft && !year.negated);
    assert_eq!(video.matched, "not video");
    assert!(video.negated && !video.soft);
}

#[test]
fn corrections_are_carried() {
    let corrected = vec![Corrected { typed: "chemestry".to_owned(), to: "chemistry".to_owned() }];
    let reading = INTERPRETER.read(words::parse("chemistry"), corrected.clone());
    assert_eq!(reading.interpretation(Vocabularies::shipped()).corrected, corrected);
    assert_eq!(Reading::literal(Vec::new(), corrected.clone()).corrected, corrected);
}

#[test]
fn our_own_words_are_known() {
    for word in ["chemistry", "apprenticeships", "arent", "isn't", "colour", "color", "ks3", "the"] {
        assert!(INTERPRETER.knows(word), "{word}");
    }
    for word in ["chemestry", "quidditch", ""] {
        assert!(!INTERPRETER.knows(word), "{word}");
    }
}

#[test]
fn every_label_can_be_typed_alone_negated_and_in_a_list_without_a_panic() {
    for list in Vocabularies::shipped().lists() {
        for concept in &list.concepts {
            let label = &concept.label;
            for text in [label.clone(), format!("not {label}"), format!("{label}, {label} or {label} not just")] {
                let reading = INTERPRETER.read(words::parse(&text), Vec::new());
                assert!(reading.runs.iter().all(|run| run.from < run.to && run.to <= reading.terms.len()), "{text}");
            }
        }
    }
}

#[test]
fn what_is_typed_by_nobody_is_read_all_the_same() {
    let inputs = [
        "not",
        "not not not",
        "not just",
        "no no no no",
        "without \"a\" -b",
        "or or or",
        "chemistry or",
        "or chemistry",
        "///",
        "a/b/c/d/e/f",
        "chemistry//physics",
        "year",
        "years -",
        "y1-13 ks1-5 s1-6 p1-7",
        "for for for",
        "level level 3 level apprenticeship level",
        "٩ سنة",
        "ÀÉÎ ÕÜ ÇÑ ß",
    ];
    for text in inputs {
        let _ = INTERPRETER.read(words::parse(text), Vec::new()).interpretation(Vocabularies::shipped());
    }
}
