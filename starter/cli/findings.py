"""The results of `complex-multi-agent` as a report: data set, columns, cleaning, quality, what stands out."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.cleaning import Transform
from fiberwise.contracts.complex_multi_agent import Results
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.profile import Column, Extract
from fiberwise.contracts.synthesis import Synthesis
from starter.cli.amounts import count, figure, share, size

SHOWN = 12
SEVERITY = {"info": ("·", "note"), "warning": ("!", "poor"), "problem": ("✗", "bad")}
Section = Iterator[RenderableType]


def sections(results: Results, source: str, short: str) -> Section:
    """Each part that there is, in the order in which a person asks. `short` is the id to type for more."""
    yield _dataset(results.dataset, source)
    if results.extract:
        yield from _columns(results.extract, short)
    if results.transform:
        yield from _cleaning(results.transform, short)
    if results.synthesis:
        yield from _synthesis(results.synthesis, short)


def _dataset(dataset: Dataset, source: str) -> Text:
    """`source` is what the user called it: in the store its name is its hash."""
    dataset = dataset.model_copy(update={"source": dataset.source or source or None})
    form = " · ".join(filter(None, (dataset.format, dataset.compression, dataset.encoding)))
    text = Text.assemble(("Data set", "head"), f"  {dataset.about} · {size(dataset.bytes)} · {form}")
    if dataset.source:
        text.append(f"\n  from {dataset.source}", "note")
    return text


def _columns(extract: Extract, short: str) -> Section:
    yield Text("\nColumns", "head")
    table = _table("name", "kind", ">values", ">gaps", ">distinct", "range, or most frequent")
    for column in extract.columns[:SHOWN]:
        table.add_row(
            Text(column.name, "name"), str(column.kind), figure(column.count),
            Text(figure(column.nulls), "poor" if column.nulls else ""), figure(column.distinct), _range(column),
        )  # fmt: skip
    yield table
    yield from _more(len(extract.columns), short)
    if extract.keys:
        yield Text(
            "  a row is identified by " + ", or ".join(" + ".join(key) for key in extract.keys[:3]), "note"
        )


def _range(column: Column) -> str:
    if column.top:
        return ", ".join(f"{top.value[:24]} ({top.count:,})" for top in column.top[:3])
    if column.true_count is not None:
        return f"{column.true_count:,} true, {column.count - column.true_count:,} false"
    spread = f"{figure(column.min)} … {figure(column.max)}" if column.min is not None else ""
    return spread + (f", mean {figure(column.mean)}" if column.mean is not None else "")


def _cleaning(transform: Transform, short: str) -> Section:
    yield Text("\nCleaning", "head")
    kept = f"  {count(transform.rows_in, 'row')} in, {count(transform.rows_out, 'row')} out"
    yield Text(kept + (f", {transform.set_aside.rows:,} set aside" if transform.set_aside.rows else ""))
    done = [rule for rule in transform.rules if rule.count]
    if not done:
        yield Text("  nothing had to be changed", "note")
        return
    table = _table("rule", "column", ">changed", "for example")
    for rule in done[:SHOWN]:
        examples = ", ".join(repr(example) for example in rule.examples[:3])
        table.add_row(
            str(rule.rule), rule.column or "", f"{rule.count:,} {rule.unit}", Text(examples, "note")
        )
    yield table
    yield from _more(len(done), short)


def _synthesis(found: Synthesis, short: str) -> Section:
    quality = found.quality
    scores = {"score": quality.score, "completeness": quality.completeness, "uniqueness": quality.uniqueness}
    scores |= {"consistency": quality.consistency, "confidence": found.confidence}
    yield Text("\nQuality", "head")
    yield Text(
        "  " + " · ".join(f"{name} {share(value)}" for name, value in scores.items() if value is not None)
    )
    if found.missing:
        yield Text(f"  without {', '.join(found.missing)}, which could not be made", "poor")
    yield Text(f"  {found.summary}")
    yield from _listed("Findings", [_finding(one.severity, one.text) for one in found.findings], short)
    pairs = [Text(f"{one.a} ~ {one.b}: r = {one.pearson:+.2f} (n = {one.n:,})") for one in found.correlations]
    yield from _listed("Correlations", pairs, short)
    outliers = [
        Text(f"{one.column}: {count(one.count, 'value')} outside {figure(one.low)} … {figure(one.high)}")
        for one in found.outliers
        if one.count
    ]
    yield from _listed("Outliers", outliers, short)
    yield from _listed("To do", [Text(f"→ {step}") for step in found.next_steps], short)


def _finding(severity: str, text: str) -> Text:
    mark, style = SEVERITY[severity]
    return Text.assemble((f"{mark} ", style), text)


def _listed(title: str, lines: Sequence[Text], short: str) -> Section:
    if not lines:
        return
    yield Text(f"\n{title}", "head")
    for line in lines[:SHOWN]:
        yield Text("  ").append_text(line)
    yield from _more(len(lines), short)


def _more(number: int, short: str) -> Section:
    if number > SHOWN:
        yield Text(f"  … {number - SHOWN} more: fiberwise show {short} --json", "note")


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for place, name in enumerate(names):
        last = place == len(names) - 1
        table.add_column(
            name.lstrip(">"),
            justify="right" if name[0] == ">" else "left",
            overflow="ellipsis" if last else "fold",
            no_wrap=last,
        )
    return table
