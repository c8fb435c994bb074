/** placeholder: replaced below. */
export function IncidentsPage() {
  return null;
}
