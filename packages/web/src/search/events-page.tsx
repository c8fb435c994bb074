/** placeholder: replaced below. */
export function EventsPage() {
  return null;
}
