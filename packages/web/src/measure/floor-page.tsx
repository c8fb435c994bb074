/** placeholder: replaced below. */
export function FloorPage() {
  return null;
}
