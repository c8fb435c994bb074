/** placeholder: replaced below. */
export function RulesPage() {
  return null;
}
