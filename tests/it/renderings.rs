//! Renderings: how does each kind of source write records down?
//!
//! The same records go in whatever the kind; out come the pages of a catalogue in which they stand, the one with the list
//! first. Their texts are HTML, and each format carries them as it carries HTML.

use std::iter;

use serde_json::{Value, json};

const XML: &str = "application/xml";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
const MARC_NAMESPACE: &str = "http://www.loc.gov/MARC21/slim";

/// What a catalogue says of one thing, as HTML.
#[derive(Debug, Clone)]
pub(crate) struct Saying {
    /// Its identifier, or what that is made of.
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) keyword: String,
    pub(crate) description: String,
    /// The day of its last change.
    pub(crate) changed: &'static str,
}

/// What stands at one path of a catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Page {
    fn new(path: impl Into<String>, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), status: 200, content_type, body: body.into() }
    }
}

impl Saying {
    /// The same with its texts as XML carries them.
    fn in_xml(&self) -> Self {
        let (title, keyword, description) = (xml(&self.title), xml(&self.keyword), xml(&self.description));
        Self { title, keyword, description, ..*self }
    }
}

/// Where a record is.
pub(crate) fn address(origin: &str, number: u64) -> String {
    format!("{origin}/about/{number}")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What is written of each record, one after the other.
fn each(sayings: &[Saying], write: impl Fn(&Saying) -> String) -> String {
    sayings.iter().map(write).collect()
}

/// OAI-PMH with Dublin Core.
pub(crate) fn oai_pmh(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    repository(origin, "oai_dc", sayings, |saying| dublin_core(origin, saying))
}

/// OAI-PMH with LOM.
pub(crate) fn oai_pmh_lom(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    repository(origin, "oai_lom", sayings, |saying| {
        let address = address(origin, saying.number);
        let Saying { title, keyword, description, .. } = saying.in_xml();
        let said = |name: &str, text: &str| format!("<{name}><string language=\"en\">{text}</string></{name}>");
        let general = [("title", title), ("description", description), ("keyword", keyword)];
        let general: String = general.iter().map(|(name, text)| said(name, text)).collect();
        format!(
            "<lom xmlns=\"http://ltsc.ieee.org/xsd/LOM\"><general>{general}</general>\
             <technical><location>{address}</location></technical></lom>"
        )
    })
}

/// OAI-PMH with MODS.
pub(crate) fn oai_pmh_mods(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    repository(origin, "mods", sayings, |saying| {
        let address = address(origin, saying.number);
        let Saying { title, keyword, description, .. } = saying.in_xml();
        format!(
            "<mods xmlns=\"http://www.loc.gov/mods/v3\"><titleInfo><title>{title}</title></titleInfo>\
             <abstract>{description}</abstract><subject><topic>{keyword}</topic></subject>\
             <location><url usage=\"primary\">{address}</url></location></mods>"
        )
    })
}

/// OAI-PMH with MARCXML.
pub(crate) fn oai_pmh_marcxml(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    repository(origin, "marcxml", sayings, |saying| marcxml_record(origin, saying))
}

/// What a repository answers that writes metadata like this: a list, and what it is. It never tells of deleted records.
fn repository(origin: &str, prefix: &str, sayings: &[Saying], metadata: impl Fn(&Saying) -> String) -> Vec<Page> {
    let path = format!("/oai?verb=ListRecords&metadataPrefix={prefix}");
    let records = each(sayings, |saying| oai_record(saying, &metadata(saying)));
    vec![oai_list(origin, path, &records), oai_identify(origin, "no")]
}

/// What a repository of Dublin Core lists at this path: records, and the word that those of these numbers are deleted.
pub(crate) fn oai_pmh_with_deleted(origin: &str, path: &str, sayings: &[Saying], deleted: &[u64]) -> Page {
    let records = each(sayings, |saying| oai_record(saying, &dublin_core(origin, saying)));
    let deleted = deleted.iter().map(|number| {
        format!(
            "<record><header status=\"deleted\"><identifier>oai:example.org:{number}</identifier>\
             <datestamp>2026-11-20</datestamp></header></record>"
        )
    });
    oai_list(origin, path, &(records + &deleted.collect::<String>()))
}

/// What a repository says of itself, which treats records that it has no more like this: `no`, `transient` or
/// `persistent`.
pub(crate) fn oai_identify(origin: &str, deleted_record: &str) -> Page {
    let identify = format!(
        "<Identify><repositoryName>Careers</repositoryName><protocolVersion>2.0</protocolVersion>\
         <earliestDatestamp>2020-01-01</earliestDatestamp><deletedRecord>{deleted_record}</deletedRecord>\
         <granularity>YYYY-MM-DD</granularity></Identify>"
    );
    Page::new("/oai?verb=Identify", XML, oai_answer(origin, &identify))
}

fn oai_answer(origin: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-11-20T08:00:00Z</responseDate><request>{origin}/oai</request>{inside}</OAI-PMH>"
    )
}

fn oai_list(origin: &str, path: impl Into<String>, records: &str) -> Page {
    let answer = if records.is_empty() {
        oai_answer(origin, "<error code=\"noRecordsMatch\">There are none.</error>")
    } else {
        oai_answer(origin, &format!("<ListRecords>{records}</ListRecords>"))
    };
    Page::new(path, XML, answer)
}

fn oai_record(saying: &Saying, metadata: &str) -> String {
    let Saying { number, changed, .. } = saying;
    format!(
        "<record><header><identifier>oai:example.org:{number}</identifier><datestamp>{changed}</datestamp></header>\
         <metadata>{metadata}</metadata></record>"
    )
}

fn dublin_core(origin: &str, saying: &Saying) -> String {
    let address = address(origin, saying.number);
    let Saying { title, keyword, description, .. } = saying.in_xml();
    format!(
        "<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title>\
         <dc:identifier>{address}</dc:identifier><dc:subject>{keyword}</dc:subject>\
         <dc:description>{description}</dc:description></oai_dc:dc>"
    )
}

/// A sitemap, and pages that describe themselves in JSON-LD.
pub(crate) fn sitemap(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let urls = each(sayings, |saying| {
        let address = address(origin, saying.number);
        format!("<url><loc>{address}</loc><lastmod>{}</lastmod></url>", saying.changed)
    });
    let list = format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>");
    let pages = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        let says = json!({
            "@context": "https://schema.org", "@type": "LearningResource", "name": title, "keywords": [keyword],
            "description": description,
        });
        // A script ends at the first end tag of its own, wherever that stands.
        let script = says.to_string().replace("</", "<\\/");
        let head = format!("<script type=\"application/ld+json\">{script}</script>");
        Page::new(format!("/about/{number}"), HTML, web_page(&head, ""))
    });
    iter::once(Page::new("/sitemap.xml", XML, list)).chain(pages).collect()
}

fn web_page(head: &str, body: &str) -> String {
    format!("<!doctype html><html lang=\"en\"><head>{head}</head><body>{body}</body></html>")
}

/// A web page that says all there is to say of each record.
pub(crate) fn listing(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let items = each(sayings, |saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        let address = address(origin, *number);
        format!(
            "<li class=\"record\" data-id=\"{number}\"><h2><a href=\"{address}\">{title}</a></h2>\
             <span class=\"topic\">{keyword}</span><div class=\"text\">{description}</div></li>"
        )
    });
    vec![Page::new("/records", HTML, web_page("", &format!("<ul>{items}</ul>")))]
}

/// A web page that links to a page for each record.
pub(crate) fn listing_of_pages(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let items = each(sayings, |saying| {
        format!("<li class=\"record\"><a href=\"{}\">More</a></li>", address(origin, saying.number))
    });
    let pages = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        let body = format!(
            "<main><h1>{title}</h1><span class=\"topic\">{keyword}</span><div class=\"text\">{description}</div></main>"
        );
        Page::new(format!("/about/{number}"), HTML, web_page("", &body))
    });
    iter::once(Page::new("/records", HTML, web_page("", &format!("<ul>{items}</ul>")))).chain(pages).collect()
}

/// RSS 2.0.
pub(crate) fn rss(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let items = each(sayings, |saying| {
        let address = address(origin, saying.number);
        let Saying { number, title, keyword, description, .. } = saying.in_xml();
        format!(
            "<item><guid isPermaLink=\"false\">{number}</guid><title>{title}</title><link>{address}</link>\
             <category>{keyword}</category><description>{description}</description></item>"
        )
    });
    let feed =
        format!("<rss version=\"2.0\"><channel><title>Careers</title><link>{origin}/</link>{items}</channel></rss>");
    vec![Page::new("/records", "application/rss+xml", feed)]
}

/// RSS 1.0, whose items stand behind the channel.
pub(crate) fn rss_1(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let listed = each(sayings, |saying| format!("<rdf:li rdf:resource=\"urn:record:{}\"/>", saying.number));
    let items = each(sayings, |saying| {
        let address = address(origin, saying.number);
        let Saying { number, title, keyword, description, .. } = saying.in_xml();
        format!(
            "<item rdf:about=\"urn:record:{number}\"><title>{title}</title><link>{address}</link>\
             <dc:subject>{keyword}</dc:subject><description>{description}</description></item>"
        )
    });
    let feed = format!(
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"{origin}/records\">\
         <title>Careers</title><link>{origin}/</link><description>All of them</description>\
         <items><rdf:Seq>{listed}</rdf:Seq></items></channel>{items}</rdf:RDF>"
    );
    vec![Page::new("/records", "application/rdf+xml", feed)]
}

/// Atom 1.0.
pub(crate) fn atom(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let entries = each(sayings, |saying| {
        let address = address(origin, saying.number);
        let Saying { number, title, keyword, description, changed } = saying.in_xml();
        format!(
            "<entry><id>urn:record:{number}</id><title type=\"html\">{title}</title><link href=\"{address}\"/>\
             <category term=\"{keyword}\"/><updated>{changed}T09:00:00Z</updated>\
             <content type=\"html\">{description}</content></entry>"
        )
    });
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:feed</id><title>Careers</title>\
         <updated>2026-11-21T09:00:00Z</updated>{entries}</feed>"
    );
    vec![Page::new("/records", "application/atom+xml", feed)]
}

/// JSON Feed 1.1.
pub(crate) fn json_feed(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let items = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        json!({
            "id": number.to_string(), "title": title, "url": address(origin, *number), "tags": [keyword],
            "content_html": description,
        })
    });
    let items: Vec<Value> = items.collect();
    let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "Careers", "items": items });
    vec![Page::new("/records", "application/feed+json", feed.to_string())]
}

/// An export file of `WordPress`.
pub(crate) fn wordpress_export(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let items = each(sayings, |saying| {
        let address = address(origin, saying.number);
        let Saying { number, title, keyword, description, .. } = saying.in_xml();
        format!(
            "<item><title>{title}</title><link>{address}</link><guid isPermaLink=\"false\">{number}</guid>\
             <category domain=\"post_tag\">{keyword}</category><content:encoded>{description}</content:encoded>\
             <wp:post_id>{number}</wp:post_id><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>"
        )
    });
    let export = format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><title>Careers</title>\
         <wp:wxr_version>1.2</wp:wxr_version>{items}</channel></rss>"
    );
    vec![Page::new("/records", "text/xml", export)]
}

/// The rows of a table, the first with the names of the columns.
fn rows(origin: &str, sayings: &[Saying]) -> Vec<[String; 5]> {
    let header = ["id", "title", "url", "keyword", "description"].map(ToOwned::to_owned);
    let rows = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying.clone();
        [number.to_string(), title, address(origin, number), keyword, description]
    });
    iter::once(header).chain(rows).collect()
}

/// CSV.
pub(crate) fn csv(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let lines = rows(origin, sayings).into_iter().map(|row| {
        let cells = row.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        format!("{}\r\n", cells.join(","))
    });
    vec![Page::new("/records", "text/csv", lines.collect::<String>())]
}

/// TSV, with no quotes around its cells.
pub(crate) fn tsv(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let lines = rows(origin, sayings).into_iter().map(|row| format!("{}\n", row.join("\t")));
    vec![Page::new("/records", "text/tab-separated-values", lines.collect::<String>())]
}

/// An XLSX workbook.
pub(crate) fn xlsx(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let rows = rows(origin, sayings).into_iter().zip(1_u32..).map(|(row, number)| {
        let cells = row.iter().zip('A'..='E').map(|(cell, column)| {
            format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{}</t></is></c>", xml(cell))
        });
        format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
    });
    let sheet = format!("<worksheet><sheetData>{}</sheetData></worksheet>", rows.collect::<String>());
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let leads_to = |kind: &str, target: &str| {
        let only = format!("<Relationship Id=\"r1\" Type=\"{office}/{kind}\" Target=\"{target}\"/>");
        format!("<Relationships>{only}</Relationships>")
    };
    let to_book = leads_to("officeDocument", "xl/workbook.xml");
    let to_sheet = leads_to("worksheet", "worksheets/sheet1.xml");
    let book = "<workbook><sheets><sheet name=\"Careers\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    let workbook = zip(&[
        ("_rels/.rels", to_book.as_str()),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", to_sheet.as_str()),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ]);
    vec![Page::new("/records", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook)]
}

/// An ODS workbook.
pub(crate) fn ods(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let rows = rows(origin, sayings).into_iter().map(|row| {
        let cells = row.iter().map(|cell| {
            let text = xml(cell);
            format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
        });
        format!("<table:table-row>{}</table:table-row>", cells.collect::<String>())
    });
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>\
         <table:table table:name=\"Careers\">{}</table:table>\
         </office:spreadsheet></office:body></office:document-content>",
        rows.collect::<String>()
    );
    let media_type = "application/vnd.oasis.opendocument.spreadsheet";
    vec![Page::new("/records", media_type, zip(&[("mimetype", media_type), ("content.xml", content.as_str())]))]
}

/// A ZIP archive of these files, not packed. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16.
fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut sum = flate2::Crc::new();
        sum.update(content.as_bytes());
        let size = u32::try_from(content.len()).expect("small").to_le_bytes();
        let name_length = u16::try_from(name.len()).expect("short").to_le_bytes();
        // What both heads of a file say: version 2.0, no flags, stored, 1 January 1980, its sum and its sizes.
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        for part in [&sum.sum().to_le_bytes()[..], &size, &size, &name_length, &[0, 0]] {
            head.extend_from_slice(part);
        }
        let start = u32::try_from(archive.len()).expect("small").to_le_bytes();
        for part in [&b"PK\x01\x02\x14\0"[..], &head, &[0; 10], &start, name.as_bytes()] {
            directory.extend_from_slice(part);
        }
        for part in [&b"PK\x03\x04"[..], &head, name.as_bytes(), content.as_bytes()] {
            archive.extend_from_slice(part);
        }
    }
    let count = u16::try_from(files.len()).expect("few").to_le_bytes();
    let size = u32::try_from(directory.len()).expect("small").to_le_bytes();
    let start = u32::try_from(archive.len()).expect("small").to_le_bytes();
    for part in [&directory[..], b"PK\x05\x06\0\0\0\0", &count, &count, &size, &start, &[0, 0]] {
        archive.extend_from_slice(part);
    }
    archive
}

/// An object for each record, with the plainest members.
fn objects(origin: &str, sayings: &[Saying]) -> Vec<Value> {
    let objects = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        json!({
            "id": number, "title": title, "url": address(origin, *number), "keyword": keyword,
            "description": description,
        })
    });
    objects.collect()
}

/// One JSON document.
pub(crate) fn json(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    vec![Page::new("/records", JSON, Value::from(objects(origin, sayings)).to_string())]
}

/// A JSON object on each line.
pub(crate) fn ndjson(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let lines = objects(origin, sayings).into_iter().map(|object| format!("{object}\n"));
    vec![Page::new("/records", "application/x-ndjson", lines.collect::<String>())]
}

/// The REST API of `WordPress`.
pub(crate) fn wordpress(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let posts = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        json!({
            "id": number, "status": "publish", "link": address(origin, *number), "title": { "rendered": title },
            "excerpt": { "rendered": description }, "_embedded": { "wp:term": [[{ "name": keyword }]] },
        })
    });
    let posts: Vec<Value> = posts.collect();
    let behind = json!({ "code": "rest_post_invalid_page_number", "message": "There are no more pages." });
    let path = "/wp-json/wp/v2/posts?per_page=100&page=";
    vec![
        Page::new(format!("{path}1"), JSON, Value::from(posts).to_string()),
        Page { status: 400, ..Page::new(format!("{path}2"), JSON, behind.to_string()) },
    ]
}

/// The search of CKAN.
pub(crate) fn ckan(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let packages = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        json!({
            "id": number.to_string(), "title": title, "url": address(origin, *number), "notes": description,
            "tags": [{ "display_name": keyword }], "state": "active",
        })
    });
    let packages: Vec<Value> = packages.collect();
    let answer = |results: &[Value]| {
        json!({ "success": true, "result": { "count": sayings.len(), "results": results } }).to_string()
    };
    let path = "/api/3/action/package_search?rows=100&start=";
    vec![
        Page::new(format!("{path}0"), JSON, answer(&packages)),
        Page::new(format!("{path}{}", sayings.len()), JSON, answer(&[])),
    ]
}

/// JSON:API 1.1, with how many there are.
pub(crate) fn json_api(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let resources = sayings.iter().map(|saying| {
        let Saying { number, title, keyword, description, .. } = saying;
        json!({
            "type": "careers", "id": number.to_string(),
            "attributes": {
                "title": title, "url": address(origin, *number), "tags": [keyword], "description": description,
            },
        })
    });
    let resources: Vec<Value> = resources.collect();
    let answer = json!({ "data": resources, "meta": { "total": sayings.len() } });
    vec![Page::new("/records", "application/vnd.api+json", answer.to_string())]
}

/// The data fields of a MARC record: tag, indicators, code of the subfield, and what stands in it.
fn marc_fields(origin: &str, saying: &Saying) -> Vec<(&'static str, &'static str, char, String)> {
    let Saying { number, title, keyword, description, .. } = saying.clone();
    let fields = vec![
        ("245", "10", 'a', title),
        ("520", "  ", 'a', description),
        ("653", "  ", 'a', keyword),
        ("856", "40", 'u', address(origin, number)),
    ];
    fields.into_iter().filter(|(_, _, _, text)| !text.is_empty()).collect()
}

/// MARC21 as ISO 2709 lays it out.
pub(crate) fn iso_2709(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let file: String = each(sayings, |saying| {
        let number = ("001", saying.number.to_string());
        let data = marc_fields(origin, saying).into_iter();
        let data = data.map(|(tag, indicators, code, text)| (tag, format!("{indicators}\u{1f}{code}{text}")));
        let (mut directory, mut fields) = (String::new(), String::new());
        for (tag, field) in iter::once(number).chain(data) {
            directory.extend([tag, &format!("{:04}{:05}", field.len() + 1, fields.len())]);
            fields.extend([field.as_str(), "\u{1e}"]);
        }
        let begins = 24 + directory.len() + 1;
        let whole = begins + fields.len() + 1;
        format!("{whole:05}nam a22{begins:05} a 4500{directory}\u{1e}{fields}\u{1d}")
    });
    vec![Page::new("/records", BYTES, file)]
}

/// MARCXML.
pub(crate) fn marcxml(origin: &str, sayings: &[Saying]) -> Vec<Page> {
    let records = each(sayings, |saying| marcxml_record(origin, saying));
    let collection = format!("<collection xmlns=\"{MARC_NAMESPACE}\">{records}</collection>");
    vec![Page::new("/records", XML, collection)]
}

fn marcxml_record(origin: &str, saying: &Saying) -> String {
    let fields = marc_fields(origin, saying).into_iter().map(|(tag, indicators, code, text)| {
        let (first, second) = indicators.split_at(1);
        let text = xml(&text);
        format!(
            "<datafield tag=\"{tag}\" ind1=\"{first}\" ind2=\"{second}\">\
             <subfield code=\"{code}\">{text}</subfield></datafield>"
        )
    });
    format!(
        "<record xmlns=\"{MARC_NAMESPACE}\"><leader>00000nam a2200000 a 4500</leader>\
         <controlfield tag=\"001\">{}</controlfield>{}</record>",
        saying.number,
        fields.collect::<String>()
    )
}
