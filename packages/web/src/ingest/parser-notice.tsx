/** parser-notice: parsers of one's own that cannot be used, each with its place and what to do. Nothing while all is well. */
import { parserRoutes } from "@holdfast/contracts/parsers";
import { useCall } from "../app/query.ts";
import { LogText } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { Partial } from "../ui/states.tsx";

export function ParserNotice() {
  const own = useCall(parserRoutes.listParsers, {}, { everyMs: 10_000 }).data;
  if (own === undefined || own.problems.length === 0) return null;
  return (
    <Partial>
      {plural(own.problems.length, "parser file")} of {own.folder} cannot be used:
      <ul>
        {own.problems.slice(0, 5).map(({ file, line, message }) => (
          <li key={file}>
            <span className="mono">
              <LogText text={line === 0 ? file : `${file}:${line}`} />
            </span>{" "}
            <LogText text={message} />
          </li>
        ))}
      </ul>
    </Partial>
  );
}
