/** testing: a small estate and scenario for this package's tests, with one of every kind of action. */
import type { ScenarioEstate } from "./scenario.ts";

export const ESTATE: ScenarioEstate = {
  assets: (
    [
      ["pc-1", "workstation", "Windows 11", "10.1.1.1", ["windows"]],
      ["srv-1", "server", "Windows Server 2022", "10.1.0.1", ["member"]],
      ["dc-1", "domain-controller", "Windows Server 2022", "10.1.0.2", []],
      ["web-1", "server", "Debian 12", "10.1.2.1", ["linux", "web"]],
      ["cloud-1", "cloud-account", "", "", ["aws"]],
      ["kube-1", "cluster", "Kubernetes", "10.1.2.9", ["kubernetes"]],
    ] as const
  ).map(([name, kind, os, address, tags]) => ({ name, kind, os, addresses: [address], owner: "desk", tags })),
  identities: [
    { name: "i.user", full_name: "Ida User", kind: "person", team: "desk", privileged: false },
    { name: "adm-x", full_name: "Xaver Admin", kind: "admin", team: "ops", privileged: true },
  ],
};

export const SCENARIO = `id: small
title: Small
story: A little of everything.
duration: 6h
ends_at: "17:00"
domain: { netbios: LAB, dns: lab.example }
hosts: { desk: pc-1, server: srv-1, web: web-1 }
people: { user: i.user, admin: adm-x }
background:
  - { profile: windows-client, kind: workstation, records: 1200 }
  - { profile: windows-server, tag: member, records: 800 }
  - { profile: domain-controller, kind: domain-controller, records: 800 }
  - { profile: linux-server, tag: linux, records: 800 }
  - { profile: web-access, tag: web, records: 800 }
  - { profile: cloudtrail, tag: aws, records: 400 }
  - { profile: kubernetes-audit, tag: kubernetes, records: 400 }
attack:
  - step: first
    title: At the desk
    before_end: 2h
    techniques: [T1059.001]
    on: desk
    as: user
    do:
      - process: { id: shell, image: 'C:\\Windows\\System32\\cmd.exe', command: 'cmd /c echo {{user.account}} {{server.address}}' }
      - process: { id: child, parent: shell, image: 'C:\\Windows\\System32\\whoami.exe', command: whoami }
      - file: { by: shell, path: 'C:\\a.txt' }
      - delete: { by: shell, path: 'C:\\a.txt' }
      - dns: { by: shell, name: a.example, address: 203.0.113.1 }
      - connect: { by: shell, to: server, port: 445, count: 3, over: 3s }
      - registry: { by: shell, key: 'HKU\\{{user.sid}}\\Software\\A', value: b }
      - access: { by: shell, target: lsass.exe, mask: "0x1010" }
      - thread: { by: shell, target: explorer.exe }
      - pipe: { by: shell, name: '\\p' }
      - script: { by: shell, text: Get-Date }
      - end: { by: child }
  - step: second
    title: On the servers
    before_end: 1h
    techniques: []
    on: server
    as: admin
    do:
      - logon: { from: desk, type: 3, package: NTLM, failed: 2 }
      - ticket: { from: desk, service: svc-x, encryption: "0x17" }
      - service: { name: s, path: 'C:\\s.exe' }
      - process: { id: svc, parent: services.exe, image: 'C:\\s.exe', command: s, integrity: System }
      - task: { name: '\\t', command: c }
      - share: { from: desk, share: ADMIN$, path: s.exe }
      - defender: { event: "5001", text: off }
      - encrypt: { by: svc, folder: 'D:\\x', extension: zz, count: 5, over: 5s }
      - log-cleared: { channel: Security }
      - log-cleared: { channel: System }
      - ssh: { from: 203.0.113.1, failed: 2 }
        on: web
      - sudo: { command: /usr/bin/id }
        on: web
      - shell: { exe: /usr/bin/curl, command: curl http://203.0.113.1/x }
        on: web
      - web: { from: 203.0.113.1, url: /x, count: 2 }
        on: web
      - cloud: { from: 203.0.113.1, service: iam, event: CreateUser, parameters: '{"userName":"x"}' }
      - kubernetes: { from: 203.0.113.1, verb: create, resource: pods/exec, name: p, namespace: n }
`;
