"""What is cleaned chunk by chunk is what is cleaned whole: rows, their order, what each rule counted and shows."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.agents.data_processor.cleaning import clean_dataset
from activities.agents.data_processor.streamed import repeats
from activities.agents.data_processor.streamed.chunk_cleaning import Cleaned, clean_chunk
from activities.agents.data_processor.streamed.joining import merge_cleaned
from activities.agents.data_processor.streamed.planning import merge_surveys, read_casts
from activities.agents.data_processor.streamed.surveying import survey_chunk
from fiberwise.contracts.cleaning import Cleaning, Plan, Rule, Transform
from fiberwise.contracts.dataset import NULL_TOKENS, Artifact, Chunks, Dataset
from fiberwise.contracts.errors import BadInput, PipelineError
from fiberwise.contracts.stream import Part, TableChunk
from fiberwise.datasets.chunks import listed
from fiberwise.store.artifacts import ArtifactStore

Cells = Mapping[str, Sequence[str | None]]

POOLS = [
    ["1", "+1", "01", " 2", "-0", "0"],
    ["1", "1.0", "2.50", "-0.0", "0.0", "inf", "1e400"],
    ["99999999999999999999", "5", "+5"],
    ["true", "TRUE", "False"],
    ["2020-01-31", "2020/01/31", "2020-1-31"],
    ["31/12/2020", "01/02/2020", "1/2/2020"],
    ["01/02/2020", "03/04/2020", "13/04/2020"],
    ["31.01.2020", "1.2.2020", "3 March 2020"],
    ["2020-01-31T10:00", "2020-01-31 10:00:00Z", "2020-01-31T10:00:00.123456789", "2020-01-31T11:00+01:00"],
    ["NA", "", " ", None, "nan", "x"],
    ["a", " a", "b", "\x1f"],
]
TOKENS = [NULL_TOKENS, (), ("",), ("", "1.0", "true"), ("x", "2020-01-31")]


@st.composite
def tables(draw: st.DrawFn) -> Cells:
    names = draw(
        st.lists(
            st.sampled_from(["a", "A", "b c", "^a$", "*", "", "rule"]), min_size=1, max_size=3, unique=True
        )
    )
    rows = draw(st.integers(0, 12))
    pools = {
        name: draw(st.sampled_from(POOLS)) + draw(st.sampled_from(POOLS + [[None]] * 9)) for name in names
    }
    return {
        name: draw(st.lists(st.sampled_from(pools[name]), min_size=rows, max_size=rows)) for name in names
    }


class Streaming:
    """A data set whole and in chunks."""

    def __init__(self, url: str, whole: Dataset, chunks: list[TableChunk], names: Sequence[str]) -> None:
        self.url, self.store, self.whole, self.chunks = url, ArtifactStore(url), whole, chunks
        held = Chunks(list=listed(self.store, chunks), count=len(chunks), names=tuple(names))
        self.dataset = whole.model_copy(update={"table": None, "chunks": held})

    def plan(self, cleaning: Cleaning, random: Random) -> Plan:
        parts = [survey_chunk(cleaning, chunk, self.url) for chunk in self.chunks]
        random.shuffle(parts)
        return merge_surveys(cleaning, parts, self.url)

    def parts(self, cleaning: Cleaning, plan: Plan) -> list[Part]:
        return [clean_chunk(cleaning, chunk, plan, self.url) for chunk in self.chunks]

    def transform(self, random: Random = Random(0), **asked: object) -> Transform:
        cleaning = Cleaning(dataset=self.dataset, **asked)  # pyright: ignore[reportArgumentType]
        plan = self.plan(cleaning, random)
        parts = self.parts(cleaning, plan)
        random.shuffle(parts)
        return merge_cleaned(cleaning, plan, parts, self.url)

    def check(self, random: Random = Random(0), **asked: object) -> Transform:
        streamed = self.transform(random, **asked)
        cleaning = Cleaning(dataset=self.whole, **asked)  # pyright: ignore[reportArgumentType]
        whole = clean_dataset(cleaning, self.url)
        assert self.rows(streamed.output).equals(self.rows(whole.output)), "other rows come out"
        assert self.rows(streamed.output).schema == self.rows(whole.output).schema
        assert (streamed.set_aside.uri is None) == (whole.set_aside.uri is None)
        if streamed.set_aside.uri and whole.set_aside.uri:
            beside = [
                self.rows(self.store.known(uri)) for uri in (streamed.set_aside.uri, whole.set_aside.uri)
            ]
            assert beside[0].equals(beside[1]), "other rows are set aside"
        files = {"output": whole.output, "set_aside": whole.set_aside}
        assert streamed.set_aside.rows == whole.set_aside.rows
        assert streamed.output.rows == whole.output.rows
        assert streamed.model_copy(update=files) == whole
        return streamed

    def rows(self, artifact: Artifact) -> pl.DataFrame:
        with self.store.fetched(artifact) as path:
            return pl.read_parquet(path)


Stream = Callable[[Cells, Sequence[int]], Streaming]


@pytest.fixture(scope="module")
def stream(
    stored: Callable[[Cells], Dataset],
    chunked: Callable[[Cells, Sequence[int]], list[TableChunk]],
    store_url: str,
) -> Stream:
    def cut(cells: Cells, cuts: Sequence[int]) -> Streaming:
        return Streaming(store_url, stored(cells), chunked(cells, cuts), list(cells))

    return cut


@given(
    cells=tables(),
    cuts=st.lists(st.integers(0, 12), max_size=4),
    random=st.randoms(use_true_random=False),
    rules=st.just(tuple(Rule)) | st.lists(st.sampled_from(Rule), unique=True).map(tuple),
    tokens=st.sampled_from(TOKENS),
)
@settings(max_examples=60, deadline=None)
def test_any_cut_and_any_order_of_parts_gives_what_the_whole_gives(
    stream: Stream,
    cells: Cells,
    cuts: list[int],
    random: Random,
    rules: tuple[Rule, ...],
    tokens: tuple[str, ...],
) -> None:
    rows = len(next(iter(cells.values())))
    cut = [min(edge, rows) for edge in cuts]
    stream(cells, cut).check(random, rules=rules, null_tokens=tokens)


def test_a_kind_that_only_a_late_chunk_spoils_is_of_no_chunk(stream: Stream) -> None:
    made = stream({"a": ["1", "2", "3", "x"], "b": ["1", "2", "3", "4.5"]}, [1, 2, 3]).check()
    assert made.rules[4].column == "b"


def test_a_form_of_dates_is_that_which_fits_all_chunks(stream: Stream) -> None:
    made = stream({"a": ["01/02/2020", "03/04/2020", "31/12/2020"]}, [1, 2])
    assert made.rows(made.check().output)["a"].to_list()[0].isoformat() == "2020-02-01"


def test_duplicates_are_found_across_chunks_and_the_first_stays(stream: Stream) -> None:
    made = stream({"a": ["x", "y", "x ", "x", "y"]}, [2, 3]).check()
    assert (made.duplicate_rows, made.rows_out) == (3, 2)
    repeated = next(one for one in made.rules if one.rule is Rule.DUPLICATE_ROWS)
    assert repeated.examples[0] == "row 3 -> removed, the same as row 1"


def test_duplicates_are_found_whatever_part_of_the_hashes_is_in_memory(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "AT_ONCE", 10)
    random = Random(7)
    cells = {
        name: [str(random.randrange(9)) + end for _ in range(300)] for name, end in (("a", ""), ("b", ".0"))
    }
    assert stream(cells, [50, 51, 200]).check().duplicate_rows > 200


def test_a_cast_that_would_make_rows_of_two_chunks_equal_is_not_done(stream: Stream) -> None:
    made = stream({"a": ["1.0", "2.50", "1.00"], "b": ["1", "2", "1"]}, [1, 2]).check()
    assert (made.duplicate_rows, made.rows_out) == (0, 3)


def test_a_cast_that_would_make_a_null_token_in_one_chunk_is_done_in_none(stream: Stream) -> None:
    made = stream({"a": ["1", "2", "+3"], "b": ["x", "y", "z"]}, [1, 2])
    assert made.rows(made.check(null_tokens=("3",)).output)["a"].to_list() == ["1", "2", "+3"]


def test_columns_that_a_chunk_lacks_are_null(stream: Stream, store_url: str) -> None:
    cells = {"a": ["1", "2"], "b": [None, "x"]}
    made = stream(cells, [1])
    alone = made.rows(made.chunks[0].table).select("a")
    path = ArtifactStore(store_url)
    with path.staged() as folder:
        alone.write_parquet(folder / "x")
        table = path.adopt(folder / "x", "parquet")
    first = made.chunks[0].model_copy(update={"table": table})
    Streaming(store_url, made.whole, [first, made.chunks[1]], list(cells)).check()


def test_examples_are_the_first_that_differ_over_all_chunks(stream: Stream) -> None:
    cells = {"a": [" x"] * 3 + [" y", " x", " z", " v"]}
    trim = stream(cells, [2, 4, 5]).check().rules[0]
    assert trim.examples == ['" x" -> "x"', '" y" -> "y"', '" z" -> "z"']


def test_examples_are_sought_among_the_first_changes_only(stream: Stream) -> None:
    cells = {"a": [" x"] * 1000 + [" y"]}
    assert len(stream(cells, [600]).check().rules[0].examples) == 1


def test_what_is_missing_is_left_out_and_a_chunk_that_was_not_surveyed_is_not_cleaned(stream: Stream) -> None:
    made = stream({"a": ["1", "2", "3"]}, [1, 2])
    cleaning = Cleaning(dataset=made.dataset)
    parts = [survey_chunk(cleaning, chunk, made.url) for chunk in made.chunks if chunk.number != 1]
    plan = merge_surveys(cleaning, parts, made.url)
    with pytest.raises(BadInput, match="chunk 2 was not surveyed"):
        clean_chunk(cleaning, made.chunks[1], plan, made.url)
    cleaned = [clean_chunk(cleaning, made.chunks[number], plan, made.url) for number in (2, 0)]
    done = merge_cleaned(cleaning, plan, cleaned, made.url)
    assert (done.rows_in, made.rows(done.output)["a"].to_list()) == (2, [1, 3])
    with pytest.raises(BadInput, match="no chunk could be cleaned"):
        merge_cleaned(cleaning, plan, [], made.url)


def test_a_plan_of_other_chunks_does_not_turn_values_into_nulls(stream: Stream) -> None:
    cleaning = Cleaning(dataset=(other := stream({"a": ["x", "y"]}, [1])).dataset)
    made = stream({"a": ["1", "2"]}, [1])
    plan = made.plan(Cleaning(dataset=made.dataset), Random(0))
    with pytest.raises(BadInput, match="values that are no integer"):
        clean_chunk(cleaning, other.chunks[0], plan, made.url)


def test_surveys_by_other_rules_are_not_merged(stream: Stream) -> None:
    made = stream({"a": ["1", "2"]}, [1])
    cleaning = Cleaning(dataset=made.dataset)
    fewer = cleaning.model_copy(update={"rules": (Rule.TRIM,)})
    parts = [
        survey_chunk(one, chunk, made.url) for one, chunk in zip((cleaning, fewer), made.chunks, strict=True)
    ]
    with pytest.raises(PipelineError, match="different rules"):
        merge_surveys(cleaning, parts, made.url)


def test_a_cast_that_proves_wrong_is_taken_back_everywhere(stream: Stream) -> None:
    made = stream({"a": ["1.0", "1.00"], "b": ["1", "2"]}, [1])
    cleaning = Cleaning(dataset=made.dataset)
    plan = made.plan(cleaning, Random(0))
    assert [cast.place for cast in read_casts(made.store, plan)] == [0, 1]
    first = Cleaned.model_validate_json(made.store.read_bytes(made.parts(cleaning, plan)[0].file))
    assert (first.rewritten, first.nulling) == ([], [])
    made.check()
