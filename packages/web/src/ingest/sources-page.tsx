/** placeholder: replaced below. */
export function SourcesPage() {
  return null;
}
