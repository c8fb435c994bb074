/** permitted: shows its content to those who may see it, and to others which permission is missing and who can grant it. */
import type { Permission } from "@holdfast/contracts/access";
import type { ReactNode } from "react";
import { rolesWith, useSession } from "../app/session.tsx";
import { Denied } from "../ui/states.tsx";

export function Permitted({ permission, children }: { permission: Permission; children: ReactNode }) {
  const { permissions } = useSession();
  return permissions.includes(permission) ? children : <Denied permission={permission} roles={rolesWith(permission)} />;
}
