/** placeholder: replaced below. */
export function IncidentPage() {
  return null;
}
