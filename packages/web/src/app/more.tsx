/** more: the end of a list that is read page by page by hand: how many are shown, and the next ones. */
import { Button } from "../ui/button.tsx";
import { count } from "../ui/number.ts";

export function More(props: {
  pages: {
    readonly rows: readonly unknown[];
    readonly hasMore: boolean;
    readonly moreByHand: () => void;
    readonly query: { readonly isFetchingNextPage: boolean; readonly isFetchNextPageError: boolean };
  };
}) {
  const { rows, hasMore, moreByHand, query } = props.pages;
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
