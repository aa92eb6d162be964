"""Issues made by hand, for tests and benchmarks: what a newsroom may hand in, from nothing at all to far too much.

Every function takes the workspace's folder (`pictures_in` puts pictures there); the same folder gives the same issue.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from PIL import Image, ImageDraw

from newsletter import links, mime, words
from newsletter.config import Config
from newsletter.model.article import Article, Author, Part, Passage, Picture
from newsletter.model.issue import Block, Issue, Placement, PlacementKind, Section
from newsletter.model.mail import Edition, Letterhead, Message
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.edition import render
from newsletter.rendering.merge import Merge
from newsletter.words import Words

LOCALE = Path(__file__).parent / "fixtures" / "locale"
READER = Subscriber(id="5e" * 16, address="p.vandam@example.nl", name="P. van Dam", joined=date(2023, 3, 12))
DAY = datetime(2026, 10, 3, 4, tzinfo=UTC)
SECTIONS = ("Binnenland", "Buitenland", "Kerk & religie", "Economie")

TEASER = (
    "De leerlingenaantallen dalen, maar sluiten wil niemand. Dus fietst de directeur elke ochtend een andere kant op."
)
TITLE = "Drie dorpsscholen delen één directeur, en dat bevalt"
LEAD = (
    "Voor het eerst in elf jaar riep het waterschap zijn vrijwilligers op. Wie zijn de mensen die met een lantaarn en "
    "een notitieboekje langs de rivier gaan?"
)
INTRODUCTION = (
    "<p>Geachte lezer,</p><p>Het is pas oktober, en toch lopen de dijkwachten al. Onze verslaggever liep een nacht met "
    "hen mee en kwam terug met natte schoenen en een verhaal over mensen die opletten als anderen slapen.</p>"
    "<p>Verder in dit nummer: een kerk die openblijft dankzij de bakker. Wij wensen u een goed weekend.</p>"
    "<p><em>De redactie</em></p>"
)
COMPOUND = "Waterschapsverkiezingskandidatenlijstsamenstellingscommissievoorzitterschap"


def config(root: Path, **tables: Mapping[str, object]) -> Config:
    """The configuration of an invented newspaper; each keyword replaces keys of one table."""
    base: dict[str, dict[str, object]] = {
        "newsletter": {"name": "De Heuvelbode"},
        "publisher": {"name": "Heuvelpers bv", "address": "Postbus 12, 1234 AB Heuveldam"},
        "sender": {"from": "De Heuvelbode <weekbrief@example.nl>", "reply_to": "redactie@example.nl"},
        "web": {"url": "https://weekbrief.example.nl"},
    }
    merged = {name: {**base.get(name, {}), **tables.get(name, {})} for name in {**base, **tables}}
    return Config.model_validate({**merged, "root": root})


def pictures_in(root: Path) -> Path:
    """Put a wide and a smaller picture into a folder and return the folder."""
    for name, size, colour in (("dijk.png", (1184, 666), "#2C5260"), ("school.png", (704, 528), "#8FA36A")):
        picture = Image.new("RGB", size, colour)
        ImageDraw.Draw(picture).ellipse((40, 40, 240, 240), fill="#F2EBDC")
        picture.save(root / name)
    return root


def article(name: str, **fields: object) -> Article:
    """An article with an address; every field can be given."""
    given = {"title": TITLE, "url": f"https://example.nl/nieuws/{name}", "file": f"articles/{name}.md", **fields}
    return Article(id=name, **given)  # type: ignore[arg-type]


def placed(kind: PlacementKind, /, name: str = "dijk", **fields: object) -> Placement:
    """An article in a place, with a teaser and a reading time; ``teaser`` and ``minutes`` can be given."""
    shown = {"teaser": TEASER, "minutes": 4} | {k: fields.pop(k) for k in ("teaser", "minutes") if k in fields}
    return Placement(article=article(name, **fields), kind=kind, **shown)  # type: ignore[arg-type]


def picture(root: Path, name: str = "school.png", **fields: object) -> tuple[Picture, ...]:
    """A picture with words in its place, as an article holds it."""
    given = {"alt": "Een vrouw fietst over een smalle dijk", **fields}
    return (Picture(file=root / name, **given),)  # type: ignore[arg-type]


def issue(*flow: Section | Block, **fields: object) -> Issue:
    """An issue with subject, preheader and introduction; every field can be given."""
    given = {
        "name": "2026-10-03",
        "number": 36,
        "date": DAY,
        "subject": "De dijkwachten van Kromwaarde lopen weer",
        "preheader": "Verder: een kerk met de sleutel bij de buren en een dorp met een eigen stroomkabel.",
        "introduction_html": INTRODUCTION,
        **fields,
    }
    return Issue(flow=flow, **given)  # type: ignore[arg-type]


def opening(root: Path) -> Placement:
    """The first story, with everything an opening can have."""
    return placed(
        "opening",
        "dijkwacht",
        title="De dijkwachten van Kromwaarde lopen weer, elke nacht",
        topic="Waterbeheer",
        lead=LEAD,
        teaser=LEAD,
        authors=(Author(name="Hanna Wierda"),),
        minutes=7,
        pictures=picture(
            root,
            "dijk.png",
            caption="Op weg naar gemaal De Lange Arm bij Kromwaarde",
            credit="illustratie De Heuvelbode",
        ),
    )


def digest(root: Path, kinds: tuple[PlacementKind, ...]) -> Issue:
    """Masthead, introduction, opening, four sections with these placements, footer. Stories have pictures."""
    sections = [
        Section(
            name=section,
            placements=tuple(
                placed(kind, f"{section[:3].lower()}-{n}", topic="Onderwijs", pictures=picture(root))
                for n, kind in enumerate(kinds)
            ),
        )
        for section in SECTIONS
    ]
    return issue(*sections, opening=opening(root))


def reference(root: Path) -> Issue:
    """The reference digest: an opening and 4 × 4 stories, each with its picture. Nothing the mail has is dearer."""
    return digest(root, ("story",) * 4)


def mixed(root: Path) -> Issue:
    """A week as it comes: a story, two briefs and a link in each section."""
    return digest(root, ("story", "brief", "brief", "link"))


def empty(_root: Path) -> Issue:
    """No article, no block, no introduction, no number."""
    return issue(number=None, introduction_html="", preheader="")


def one_article(_root: Path) -> Issue:
    """One brief without kicker, teaser, time or address."""
    bare = placed("brief", teaser=None, minutes=None, url=None)
    return issue(Section(name="Binnenland", placements=(bare,)))


def sixty(root: Path) -> Issue:
    """Sixty articles printed in full: more than any mail client shows."""
    body = (
        Passage(parts=(Part(kind="paragraph", html=f"<p>{LEAD} {TEASER}</p>"),) * 3),
        Passage(crosshead="Langs de rivier", parts=(Part(kind="paragraph", html=f"<p>{LEAD}</p>"),) * 3),
    )
    every = [placed("full", f"verhaal-{n}", topic="Verslag", passages=body) for n in range(60)]
    sections = (Section(name=s, placements=tuple(every[n * 15 : n * 15 + 15])) for n, s in enumerate(SECTIONS))
    return issue(*sections, opening=opening(root))


def no_pictures(root: Path) -> Issue:
    """Captions without files: nothing is shown and nothing looks missing."""
    captioned = (Picture(caption="Een onderschrift zonder beeld", credit="foto De Heuvelbode"),)
    stories = tuple(placed("story", f"kaal-{n}", topic="Zorg", pictures=captioned) for n in range(3))
    return issue(Section(name="Binnenland", placements=stories), opening=placed("opening", "kop", pictures=captioned))


def endless_words(root: Path) -> Issue:
    """Compounds of more than sixty letters wherever a word can stand."""
    body = (Passage(crosshead=COMPOUND, parts=(Part(kind="paragraph", html=f"<p>{COMPOUND} {COMPOUND}</p>"),)),)
    kinds: tuple[PlacementKind, ...] = ("story", "brief", "full", "link")
    long = {"title": f"{COMPOUND} gekozen", "topic": COMPOUND, "teaser": f"De {COMPOUND}.", "passages": body}
    every = tuple(placed(kind, f"lang-{kind}", pictures=picture(root), **long) for kind in kinds)
    word = Block(id="woord", kind="word", html=f"<p>{COMPOUND}</p>", text=COMPOUND, source=COMPOUND)
    advert = Block(id="adv", kind="sponsor", title=COMPOUND, html=f"<p>{COMPOUND}</p>", url="https://example.nl/x")
    first = placed("opening", "lang", lead=COMPOUND, authors=(Author(name=COMPOUND),), pictures=picture(root), **long)
    return issue(
        Section(name=COMPOUND, placements=every), word, advert, opening=first, subject=COMPOUND, preheader=COMPOUND
    )


def everything(root: Path) -> Issue:
    """Every placement and block there is, and a body with every kind of part."""
    parts = (
        Part(kind="paragraph", html='<p>Een <a href="https://example.nl/x">link</a> en <strong>nadruk</strong>.</p>'),
        Part(kind="list", html="<ul><li>een sluis</li><li>twee gemalen</li></ul>"),
        Part(kind="quote", html="<blockquote><p>Gezegd is gezegd.</p></blockquote>"),
        Part(kind="table", html="<table><tbody><tr><th>Peil</th><td>3,20 m</td></tr></tbody></table>"),
        Part(kind="code", html="<pre><code>peil --nu</code></pre>"),
        Part(kind="picture", html='<p><a href="mailto:redactie@example.nl">Schrijf ons</a> gerust.</p>'),
    )
    author = Author(name="Jacob Rietveld", role="oud-dijkgraaf")
    placements = (
        placed("story", "school", topic="Onderwijs", pictures=picture(root)),
        placed("story", "zonder", topic="Zorg", url=None, pictures=picture(root)),
        placed("story", "sier", pictures=picture(root, alt=None)),
        placed("brief", "arts", label="Nieuws", teaser=None),
        placed("full", "voluit", passages=(Passage(parts=parts[:2]), Passage(crosshead="Tussenkop", parts=parts[2:]))),
        placed(
            "story", "mening", kind="opinion", authors=(author,), title="Een dijk is nooit af, en dat is goed nieuws"
        ),
        placed("link", "peilschaal", title="Zo leest u de peilschaal in uw eigen dorp"),
        placed("link", "kaal", title="De pont vaart door", url=None),
    )
    return issue(
        Section(name="Kerk & religie", placements=placements),
        Block(
            id="woord", kind="word", html="<p>Wie waakt, ziet de nacht korten.</p>",
            text="Wie waakt, ziet de nacht korten.", source="Jacob Rietveld",
        ),
        Block(id="avond", kind="announcement", title="Open avond", html="<p>Komt u ook?</p>", text="Komt u ook?"),
        Block(
            id="boek", kind="sponsor", title="Boekhandel Van Staveren", html="<p>De catalogus ligt klaar.</p>",
            text="De catalogus ligt klaar.", url="https://example.nl/boek", link="Bekijk de catalogus",
        ),
        opening=opening(root),
    )  # fmt: skip


def arabic(root: Path) -> Issue:
    """An issue from right to left; `language_of` says so."""
    story = placed(
        "story", "madrasa", title="ثلاث مدارس تتقاسم مديرة واحدة", topic="تعليم",
        teaser="لا أحد يريد إغلاق مدرسة القرية.", pictures=picture(root, alt="امرأة تركب دراجة"),
    )  # fmt: skip
    brief = placed("brief", "tabib", title="طبيبة ثانية في الجزيرة", topic="صحة", teaser="تبدأ عملها في الخريف.")
    link = placed("link", "nahr", title="كيف تقرأ مقياس النهر", teaser=None)
    first = placed(
        "opening", "hurras", title="حراس السد يعودون إلى السير ليلا", topic="مياه", lead="لأول مرة منذ أحد عشر عاما.",
        authors=(Author(name="هناء الوردي"), Author(name="سامي النجار")),
        pictures=picture(root, "dijk.png", alt="حارس على السد"),
    )  # fmt: skip
    word = Block(
        id="kalima", kind="word", html="<p>من سهر رأى الليل يقصر.</p>", text="من سهر رأى الليل يقصر.", source="يعقوب"
    )
    return issue(
        Section(name="داخلية", placements=(story, brief, link)),
        word,
        opening=first,
        subject="حراس السد يعودون",
        preheader="وأيضا: مدرسة بلا مدير وقرية لها كابل كهرباء خاص بها.",
        introduction_html="<p>القارئ العزيز،</p><p>نتمنى لكم نهاية أسبوع طيبة.</p>",
    )


ISSUES: Mapping[str, Callable[[Path], Issue]] = {
    make.__name__: make
    for make in (
        reference, mixed, empty, one_article, sixty, no_pictures, endless_words, everything, arabic,
    )
}  # fmt: skip


def language_of(name: str) -> str:
    """The language of an issue of `ISSUES`."""
    return "ar" if name == "arabic" else "nl"


def words_of(language: str) -> Words:
    """The words of a language, from the program or from the tests' own catalogues."""
    return words.load(language, LOCALE) if language == "ar" else words.load(language)


def rendered(name: str, root: Path, *, web_version: bool = False, **tables: Mapping[str, object]) -> Edition:
    """Render an issue of `ISSUES` in its language."""
    language = language_of(name)
    settings = config(root, **{**tables, "newsletter": {"language": language, **tables.get("newsletter", {})}})
    return render(ISSUES[name](root), settings, web_version=web_version, words=words_of(language))


def letterhead(settings: Config) -> Letterhead:
    """The headers that the messages of an issue share."""
    return Letterhead(
        sender=settings.sender.from_,
        reply_to=settings.sender.reply_to,
        list_id=mime.list_id(settings.newsletter.name, settings.sender.from_),
        feedback_id="2026-10-03:digest:newsletter:deheuvelbode",
        date=DAY,
    )


def merge_for(edition: Edition, settings: Config, *, pictures: str = "https://beeld.invalid/") -> Merge:
    """What makes an edition's messages."""
    return Merge(
        edition=edition,
        letterhead=letterhead(settings),
        links=links.links_of(settings),
        words=words_of(edition.language),
        pictures=pictures,
    )


def message_for(edition: Edition, settings: Config, subscriber: Subscriber = READER) -> Message:
    """The message to one reader."""
    return merge_for(edition, settings)(subscriber, delivery="d1")
