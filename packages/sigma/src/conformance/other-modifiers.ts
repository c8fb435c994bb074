/** other-modifiers: networks, references to other fields, and placeholders. */
import { base64Of, detections, items, type Vector } from "./vector.testing.ts";

const raw = String.raw;
const placeholders = { admins: ["root", "adm*"], ports: ["22", "3389"], one: ["a.b"], Servers: ["srv?"] };

export const OTHER_MODIFIERS: readonly Vector[] = [
  ...items({ feature: "cidr", section: "modifiers: IP" }, [
    [
      "an IPv4 network",
      "f|cidr: 10.0.0.0/8",
      ["10.0.0.0", "10.255.255.255"],
      ["11.0.0.0", "9.255.255.255", "x", "", undefined],
    ],
    ["a smaller one", "f|cidr: 192.168.1.128/25", ["192.168.1.200"], ["192.168.1.127"]],
    ["not at an octet", "f|cidr: 172.16.0.0/12", ["172.31.255.1"], ["172.32.0.1"]],
    ["host bits are ignored", "f|cidr: 10.1.2.3/8", ["10.9.9.9"], ["11.1.2.3"]],
    ["a single address", "f|cidr: 10.0.0.1", ["10.0.0.1"], ["10.0.0.2"]],
    ["/32 and /0", "f|cidr: [10.0.0.1/32, 0.0.0.0/0]", ["8.8.8.8"], ["::1"]],
    ["a list", "f|cidr: [10.0.0.0/8, 127.0.0.0/8]", ["127.0.0.1"], ["128.0.0.1"]],
    ["an IPv6 network", "f|cidr: 2001:db8::/32", ["2001:db8::1", "2001:0DB8:ffff::"], ["2001:db9::1", "10.0.0.1"]],
    ["IPv6 link-local", "f|cidr: fe80::/10", ["fe80::1", "febf::1", "fe80::1%eth0"], ["fec0::1"]],
    ["IPv6 loopback", "f|cidr: ::1/128", ["::1", "0:0:0:0:0:0:0:1"], ["::2"]],
    ["all of IPv6", "f|cidr: ::/0", ["fe80::1"], ["10.0.0.1", "::ffff:10.0.0.1"]],
    ["a mapped IPv4 address is IPv4", "f|cidr: 10.0.0.0/8", ["::ffff:10.0.0.1", "::ffff:a00:1"], ["::ffff:11.0.0.1"]],
    ["not an address", "f|cidr: 10.0.0.0/8", ["10.0.0.1"], ["10.0.0.256", "10.0.0", "10.0.0.1.2", "10.0.0.1:80"]],
    ["several values in the event", "f|cidr: 10.0.0.0/8", [["1.1.1.1", "10.0.0.1"]], [["1.1.1.1"]]],
  ]),
  ...detections({ feature: "fieldref", section: "modifiers: specific" }, [
    [
      "two fields are equal",
      "s:\n  a|fieldref: b\ncondition: s",
      [
        { a: "X", b: "x" },
        { a: 1, b: "1" },
      ],
      [{ a: "x", b: "y" }, { a: "x" }, { b: "x" }, {}],
    ],
    ["with case", "s:\n  a|fieldref|cased: b\ncondition: s", [{ a: "X", b: "X" }], [{ a: "X", b: "x" }]],
    ["different", "s:\n  a|fieldref|neq: b\ncondition: s", [{ a: "x", b: "y" }, { a: "x" }], [{ a: "x", b: "X" }]],
    [
      "starts with the other",
      "s:\n  a|fieldref|startswith: b\ncondition: s",
      [{ a: "abc", b: "AB" }],
      [{ a: "xab", b: "ab" }],
    ],
    [
      "ends with the other",
      "s:\n  a|fieldref|endswith: b\ncondition: s",
      [{ a: "xab", b: "ab" }],
      [{ a: "abx", b: "ab" }],
    ],
    [
      "contains the other",
      "s:\n  a|fieldref|contains: b\ncondition: s",
      [{ a: "xaby", b: "AB" }],
      [{ a: "a b", b: "ab" }],
    ],
    [
      "the placement before it",
      "s:\n  a|startswith|fieldref: b\ncondition: s",
      [{ a: "abc", b: "ab" }],
      [{ a: "xab", b: "ab" }],
    ],
    [
      "different, and placed",
      "s:\n  a|fieldref|endswith|neq: b\ncondition: s",
      [{ a: "abx", b: "ab" }],
      [{ a: "xab", b: "ab" }],
    ],
    [
      "any of a list of fields",
      "s:\n  a|fieldref: [b, c]\ncondition: s",
      [{ a: "x", b: "y", c: "x" }],
      [{ a: "x", b: "y", c: "z" }],
    ],
    [
      "all of a list of fields",
      "s:\n  a|fieldref|all: [b, c]\ncondition: s",
      [{ a: "x", b: "x", c: "X" }],
      [{ a: "x", b: "x", c: "z" }],
    ],
    [
      "a dotted field",
      "s:\n  a.b|fieldref: c.d\ncondition: s",
      [{ a: { b: "x" }, c: { d: "x" } }],
      [{ a: { b: "x" }, c: { d: "y" } }],
    ],
    [
      "wildcards in the event are plain",
      "s:\n  a|fieldref: b\ncondition: s",
      [{ a: "*", b: "*" }],
      [{ a: "abc", b: "a*" }],
    ],
    [
      "a name with a space",
      "s:\n  a|fieldref: Other Field\ncondition: s",
      [{ a: "x", OtherField: "x" }],
      [{ a: "x", Other: "x" }],
    ],
    [
      "several values in either",
      "s:\n  a|fieldref: b\ncondition: s",
      [{ a: ["x", "y"], b: ["y", "z"] }],
      [{ a: ["x"], b: ["y"] }],
    ],
  ]),
  ...items({ feature: "expand", section: "rules: placeholders" }, [
    ["each value of the list", "f|expand: '%admins%'", ["root", "administrator"], ["guest", "%admins%"]],
    ["within a text", "f|expand: 'user=%admins%;'", ["user=root;", "user=adm1;"], ["user=x;"]],
    ["two placeholders, every pair", "f|expand: '%admins%:%ports%'", ["root:22", "admx:3389"], ["root:23"]],
    ["with contains", "f|contains|expand: '%admins%'", ["xrootx", "x adm"], ["guest"]],
    ["before contains", "f|expand|contains: '%admins%'", ["xrootx"], ["guest"]],
    ["with startswith", "f|startswith|expand: '%Servers%-'", ["srv1-x"], ["srv12-x"]],
    ["an escaped percent sign", raw`f|expand: '\%plain%admins%'`, ["%plainroot"], ["root", raw`\%plainroot`]],
    ["a value without placeholder", "f|expand: 100%", ["100%"], ["100"]],
    ["in a list with other values", "f|expand: ['%admins%', other]", ["OTHER", "root"], ["x"]],
    ["in a regular expression", "f|re|expand: '^%one%$'", ["a.b", "axb"], ["ab"]],
    ["encoded", "f|expand|base64: 'x%ports%'", [base64Of("x22"), base64Of("x3389")], ["x22"]],
    ["all of the values", "f|contains|all|expand: '%ports%'", ["22 and 3389"], ["22"]],
    ["different from all", "f|expand|neq: '%ports%'", ["80"], ["22", 3389]],
    ["without expand it is a text", "f: '%admins%'", ["%admins%"], ["root"]],
    ["in numbers it means nothing", "f|expand: 5", [5], [6]],
  ]).map((vector) => ({ ...vector, placeholders })),
];
