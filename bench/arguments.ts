/** arguments: options that take a list: `--rules a b` is read as `--rules a --rules b`, as parseArgs has it. */
export function spreadLists(args: readonly string[], lists: readonly string[]): string[] {
  let list: string | undefined;
  let values = 0;
  return args.flatMap((arg) => {
    if (arg.startsWith("-")) {
      list = lists.find((name) => arg === `--${name}`);
      values = 0;
      return [arg];
    }
    return list !== undefined && values++ > 0 ? [`--${list}`, arg] : [arg];
  });
}
