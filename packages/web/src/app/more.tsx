/** more: the end of a list that is read page by page: all are there, more are being read, or the next ones could not be. */
import { Button } from "../ui/button.tsx";
import { count } from "../ui/number.ts";

interface Pages {
  readonly rows: readonly unknown[];
  readonly hasMore: boolean;
  readonly moreByHand: () => void;
  readonly query: { readonly isFetchingNextPage: boolean; readonly isFetchNextPageError: boolean };
}

/** For lists that go on when somebody asks for it. */
export function More({ pages }: { pages: Pages }) {
  const { rows, hasMore, moreByHand, query } = pages;
  if (!hasMore) return null;
  return (
    <div className="row more-rows">
      <Button size="compact" busy={query.isFetchingNextPage} onClick={moreByHand}>
        Show more
      </Button>
      <span className="faint small">
        {query.isFetchNextPageError
          ? "The next ones could not be read."
          : `The newest ${count(rows.length)} are shown.`}
      </span>
    </div>
  );
}

/** The last line of a table that reads on by itself. */
export function ListEnd({ pages }: { pages: Pages }) {
  const { rows, hasMore, moreByHand, query } = pages;
  if (!hasMore) return rows.length === 1 ? "This is the only one" : `All ${count(rows.length)} are shown`;
  if (!query.isFetchNextPageError) return "Reading more";
  return (
    <span className="row">
      The next ones could not be read.
      <Button size="compact" onClick={moreByHand}>
        Try again
      </Button>
    </span>
  );
}
