"""
One entry, every topic: flagged or not, with the words and weights that decided.

    Entry → language → hits → Scene → Roles, Act, Signals → score → Match
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import exp
from typing import Final

from monitor.config.topics import Topic
from monitor.match.acts import Told, told
from monitor.match.outline import outline
from monitor.match.query import Spans, found
from monitor.match.rules import NO_LEXICON, Rules, Voice
from monitor.match.scene import Find, Scene, arrange, fields, gated, look
from monitor.match.signals import Signals, signals
from monitor.model import Act, Entry, Match, Reason, Veto

BIAS: Final = "bias"
NOTHING: Final = -12.0  # log odds of a text that names nothing to transfer
_SHOWN: Final = 0.05  # a part below it changes nothing a reader would miss
_FIELDS: Final = 4_200


@dataclass(slots=True)
class Read:
    """One entry as every topic sees it; the costly parts are made when first asked for."""

    entry: Entry
    rules: Rules
    now: datetime
    scene: Scene
    voice: Voice
    hit: bool  # something was named that can be transferred
    acts: dict[str, Told] = field(default_factory=dict)  # by name of the model
    weighed: dict[str, Signals] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The day whose embargoes count."""
        return (self.entry.published or self.now).date()

    def told(self, topic: Topic) -> Told:
        name = topic.model.name if topic.model else ""
        if name not in self.acts:
            self.acts[name] = told(self.scene, self.rules, topic.model, self.on)
        return self.acts[name]

    def signals(self, topic: Topic) -> Signals:
        name = topic.model.name if topic.model else ""
        if name not in self.weighed:
            self.weighed[name] = signals(self.scene, self.told(topic).roles)
        return self.weighed[name]


def match(entry: Entry, rules: Rules, now: datetime) -> tuple[Match, ...]:
    """What every topic makes of the entry, in the order of the topics."""
    read = reading(entry, rules, now)
    return tuple(_judged(read, name, topic) for name, topic in rules.topics.items())


def reading(entry: Entry, rules: Rules, now: datetime) -> Read:
    """The entry looked at once, for all topics."""
    parts, cut = fields(entry, rules.grammars[NO_LEXICON])
    head = f"{parts[0].folded.text} {parts[1].folded.text}"
    written = f"{parts[0].folded.original} {parts[1].folded.original}"
    language = rules.detector.language(written, head, entry.language)
    voice = rules.voice(language)
    if voice.grammar.letters:
        parts, cut = fields(entry, voice.grammar)
    scene = Scene(parts, language, voice.grammar, cut=cut)
    hit = gated(look(parts, voice.gate))
    if hit:
        arrange(scene, look(parts, voice.automaton), rules.gazetteer)
        scene.tokens = outline(scene)
        hit = bool(scene.of("weapon") or scene.of("system") or scene.of("embargo"))
    return Read(entry, rules, now, scene, voice, hit)


def _judged(read: Read, name: str, topic: Topic) -> Match:
    sums = _Sum(read)
    if read.hit and topic.model is not None:
        sums.model(topic)
    elif topic.model is not None:
        sums.parts["nothing to transfer, no embargo"] = NOTHING
    else:
        sums.parts["base"] = topic.base
    if topic.parts and read.hit:
        sums.own(topic)
    if topic.searches:
        sums.searches(topic)
    score = 1.0 / (1.0 + exp(-max(min(sum(sums.parts.values()), 40), -40)))
    act = read.told(topic).act if read.hit else None
    lacks = _lacks(topic, act, read)
    return Match(
        topic=name,
        flagged=score >= topic.threshold and not lacks,
        score=score,
        threshold=topic.threshold,
        rule_version=read.rules.version,
        language=read.scene.language,
        act=act,
        reasons=(*(sums.reasons(topic) if read.hit else ()), *sums.queried()),
        vetoes=tuple(sums.vetoes()),
        parts={k: v for k, v in sums.parts.items() if abs(v) >= _SHOWN},
        why=_why(sums.parts, score, topic, lacks, read),
    )


def _lacks(topic: Topic, act: Act | None, read: Read) -> str:
    """What the topic demands of an act and this one has not; "" when nothing."""
    found = {
        "stage": (topic.stages, (act.stage.value,) if act else ()),
        "supplier": (topic.suppliers, act.suppliers if act else ()),
        "recipient": (topic.recipients, act.recipients if act else ()),
        "category": (topic.categories, act.categories if act else ()),
    }
    for what, (wanted, own) in found.items():
        if wanted and not set(wanted) & set(own):
            return f"{what} is {' '.join(own) or 'none'}, wanted {' or '.join(wanted)}"
    for group in topic.requires:
        if not any(_concept(read.scene, name) for name in group):
            return f"nothing says {' or '.join(group)}"
    return ""


def _concept(scene: Scene, concept: str) -> list[Find]:
    """What was found of a concept or of a whole family."""
    family, _, name = concept.partition(".")
    return [f for f in scene.of(family) if not name or name in f.names]


@dataclass(slots=True)
class _Sum:
    """The score as it is added up, and which words added what."""

    read: Read
    parts: dict[str, float] = field(default_factory=dict)
    shares: dict[int, tuple[Find, float]] = field(default_factory=dict)
    asked: list[tuple[str, float, Spans]] = field(default_factory=list)  # queries that were met
    against: dict[str, tuple[str, float]] = field(default_factory=dict)  # name → words, cost

    def model(self, topic: Topic) -> None:
        assert topic.model is not None
        weights = topic.model.weights("relevance")
        self.parts[BIAS] = weights.get(BIAS, 0.0)
        seen = self.read.signals(topic)
        for feature, value in seen.values.items():
            share = weights.get(feature, 0.0) * value
            if share:
                self._add(feature, share, seen.evidence[feature])

    def own(self, topic: Topic) -> None:
        for concept, weight in topic.parts.items():
            finds = _concept(self.read.scene, concept)
            if finds:
                self._add(f"topic: {concept}", weight, tuple(finds[:1]))

    def searches(self, topic: Topic) -> None:
        for search in topic.searches:
            spans = found(search.query, self.read.scene.fields)
            if spans is not None:
                self.parts[f"query: {search.name}"] = search.weight
                self.asked.append((search.name, search.weight, spans))

    def _add(self, feature: str, share: float, finds: tuple[Find, ...]) -> None:
        self.parts[feature] = self.parts.get(feature, 0.0) + share
        if feature.startswith("veto."):
            self._veto(feature.removeprefix("veto.").split()[0], finds[0], share)
            return
        for find in finds:
            if find.family == "veto":
                self._veto(find.names[0], find, share / len(finds))
                continue
            _, known = self.shares.get(id(find), (find, 0.0))
            self.shares[id(find)] = (find, known + share / len(finds))

    def _veto(self, name: str, find: Find, share: float) -> None:
        said, cost = self.against.get(name, (self.read.scene.said(find), 0.0))
        self.against[name] = (said, cost + share)

    def vetoes(self) -> Iterator[Veto]:
        for name, (said, cost) in sorted(self.against.items(), key=lambda item: item[1][1]):
            if cost < -_SHOWN:
                yield Veto(name=name, text=said, weight=round(cost, 4))

    def reasons(self, topic: Topic) -> Iterator[Reason]:
        """The words behind the score and the act, in the order of the text."""
        act = self.read.told(topic)
        finds = {id(f): f for f, _ in self.shares.values()}
        finds |= {id(f): f for f in self.read.scene.of("actor") if self._side(f, act)}
        for find in sorted(finds.values(), key=lambda f: (f.start, f.end)):
            part, start, end = self.read.scene.place(find)
            weight = self.shares.get(id(find), (find, 0.0))[1]
            yield Reason(
                field=part.name,
                start=start,
                end=end,
                text=part.folded.original[start:end],
                concept=self._label(find, act),
                weight=round(weight, 4),
            )

    def queried(self) -> Iterator[Reason]:
        """The words that met a query; each has its share of the query's weight."""
        originals = {part.name: part.folded.original for part in self.read.scene.fields}
        for name, weight, spans in self.asked:
            for where, start, end in spans:
                yield Reason(
                    field=where,
                    start=start,
                    end=end,
                    text=originals[where][start:end],
                    concept=f"query:{name}",
                    weight=round(weight / len(spans), 4),
                )

    def _side(self, find: Find, act: Told) -> str:
        id = find.names[0]
        if id in act.act.suppliers:
            return "supplier"
        return "recipient" if id in act.act.recipients else ""

    def _label(self, find: Find, act: Told) -> str:
        if find.family == "actor":
            return f"{self._side(find, act) or 'party'}:{find.names[0]}"
        return f"{find.family}:{find.names[0]}"


def _why(parts: Mapping[str, float], score: float, topic: Topic, lacks: str, read: Read) -> str:
    """One line: what carried it, or what it lacked."""
    notes = "" if read.voice.lexicon else "; decided on names and numbers: no lexicon for it"
    notes += "; only the beginning was analysed" if read.scene.cut else ""
    if not read.hit and not topic.searches:
        return f"names no weapon, no weapon system and no embargo{notes}"
    up = sorted((v, k) for k, v in parts.items() if v > _SHOWN and k != BIAS)[::-1][:3]
    down = sorted((v, k) for k, v in parts.items() if v < -_SHOWN and k != BIAS)[:3]
    if score >= topic.threshold and lacks:
        return f"is one, but {lacks}{notes}"
    if score >= topic.threshold:
        return f"carried by {_said(up)}{notes}"
    short = f"{score:.2f} of {topic.threshold:g}"
    return f"{short}: against it {_said(down) or 'nothing'}; for it {_said(up) or 'nothing'}{notes}"


def _said(parts: list[tuple[float, str]]) -> str:
    return ", ".join(f"{name} {value:+.1f}" for value, name in parts)
