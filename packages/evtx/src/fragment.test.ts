/** fragment: the structures of Binary XML as JSON, on event logs that the test builds byte by byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, LogWriter, u16, u32, utf16 } from "../../../test/event-log.ts";
import { type EvtxProblem, flattenEvent, readEvtx } from "./index.ts";

function read(bytes: Uint8Array): { events: unknown[]; problems: EvtxProblem[] } {
  const problems: EvtxProblem[] = [];
  const records = [...readEvtx(bytes, { onProblem: (problem) => problems.push(problem) })];
  return { events: records.map(({ json }): unknown => JSON.parse(json)), problems };
}

/** The event of one record, without a problem. */
function event(body: (writer: LogWriter) => void): unknown {
  const writer = new LogWriter();
  writer.record(1n, () => body(writer));
  const { events, problems } = read(writer.file());
  assert.deepEqual(problems, []);
  return events[0];
}

function data(writer: LogWriter, text: string, name?: string): void {
  const attributes = name === undefined ? {} : { attributes: () => writer.attribute("Name", () => writer.text(name)) };
  writer.open("Data", attributes).text(text).put(0x04);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

test("an absent value leaves its attribute out and its element null", () => {
  const found = event((writer) => {
    const attribute = (): void => writer.attribute("UserID", () => writer.substitution(0, 0x13, true));
    writer.template(() => {
      writer.open("Event").open("Security", { attributes: attribute }).put(0x04);
      writer.open("Level").substitution(0, 0x04).put(0x04);
      writer.open("Both", { attributes: attribute }).substitution(0, 1).put(0x04);
      const attributes = (): void => {
        writer.attribute("ProcessID", () => writer.substitution(1, 0x08));
        writer.attribute("Kind", () => writer.text("x"));
      };
      writer.open("Execution", { attributes }).put(0x04);
      writer.open("EventID", { attributes: () => writer.attribute("Q", () => writer.text("1")) }).substitution(1, 8);
      writer.put(0x04).open("Missing").substitution(9, 8).put(0x04).put(0x04);
    }, [
      { type: 0, bytes: hex("") },
      { type: 8, bytes: u32(7) },
    ]);
  });
  assert.deepEqual(found, {
    Event: {
      Security: null,
      Level: null,
      Both: null,
      Execution: { "#attributes": { ProcessID: 7, Kind: "x" } },
      EventID: { "#attributes": { Q: "1" }, "#text": 7 },
      Missing: null,
    },
  });
});

test("named data go by their names, unnamed data become a list, repeated elements are numbered", () => {
  const found = event((writer) => {
    writer.put(0x0f, 1, 1, 0).open("Event").open("EventData");
    data(writer, "1", "A B");
    data(writer, "2");
    data(writer, "3");
    data(writer, "4");
    writer.open("X").text("x").put(0x04).open("X").text("y").put(0x04).open("X_1").text("z").put(0x04);
    writer.put(0x04).put(0x04).put(0x00);
  });
  const expected = { "A B": "1", Data: ["2", "3", "4"], X: "x", X_1: "y", X_1_1: "z" };
  assert.deepEqual(found, { Event: { EventData: expected } });
  const flat = flattenEvent(isObject(found) ? found : {});
  assert.deepEqual(flat, { AB: "1", Data: ["2", "3", "4"], X: "x", X_1: "y", X_1_1: "z" });
});

test("unnamed data join their list also from behind other elements", () => {
  for (const between of ["AB", "A", ""]) {
    const found = event((writer) => {
      writer.put(0x0f, 1, 1, 0).open("Event").open("EventData");
      data(writer, "first");
      for (const name of between) {
        data(writer, name.toLowerCase(), name);
        data(writer, `after ${name}`);
      }
      data(writer, "last");
      writer.open("End").put(0x04).put(0x04).put(0x04).put(0x00);
    });
    const names = Object.fromEntries([...between].map((name) => [name, name.toLowerCase()]));
    const list = ["first", ...[...between].map((name) => `after ${name}`), "last"];
    assert.deepEqual(found, { Event: { EventData: { Data: list, ...names, End: null } } });
  }
});

test("one unnamed data is a value, not a list; an array is a list", () => {
  const found = event((writer) => {
    writer.template(() => {
      writer.open("Event").open("EventData").open("Data").substitution(0, 0x81).put(0x04);
      writer.open("Binary").substitution(1, 0x0e).put(0x04).put(0x04).put(0x04);
    }, [
      { type: 0x81, bytes: utf16("Available\0None\0") },
      { type: 0x0e, bytes: hex("01") },
    ]);
  });
  assert.deepEqual(found, { Event: { EventData: { Data: ["Available", "None"], Binary: "01" } } });
});

test("a data's name may be a value; one without a name is Data", () => {
  const found = event((writer) => {
    writer.template(() => {
      writer.open("Event");
      for (const index of [0, 1]) {
        const attributes = (): void => writer.attribute("Name", () => writer.substitution(index, 1));
        writer.open("Data", { attributes }).text(`v${index}`).put(0x04);
      }
      writer.put(0x04);
    }, [
      { type: 1, bytes: utf16("TheName") },
      { type: 0, bytes: hex("") },
    ]);
  });
  assert.deepEqual(found, { Event: { TheName: "v0", Data: "v1" } });
});

test("complex data keep their structure", () => {
  const found = event((writer) => {
    writer.template(() => {
      writer.open("Event").open("EventData");
      writer.open("ComplexData", { attributes: () => writer.attribute("Name", () => writer.text("C")) });
      writer.open("Data", { attributes: () => writer.attribute("Name", () => writer.text("Inner")) });
      writer.substitution(0, 8).put(0x04, 0x04, 0x04, 0x04);
    }, [{ type: 8, bytes: u32(3) }]);
  });
  assert.deepEqual(found, { Event: { EventData: { ComplexData: { "#attributes": { Name: "C" }, Inner: 3 } } } });
});

test("text, entities, character references, CDATA and processing instructions", () => {
  const found = event((writer) => {
    writer.put(0x0f, 1, 1, 0).open("Event").open("V").text("a");
    writer.put(0x49).name("amp");
    writer.put(0x09).name("own");
    writer.put(0x48, u16(0x263a), 0x07, u16(2), utf16("<b"));
    writer.put(0x0a).name("pi");
    writer.put(0x0b, u16(1), utf16("x"), 0x04, 0x04, 0x00);
  });
  assert.deepEqual(found, { Event: { V: "a&&own;\u263a<b" } });
});

test("text beside elements and attributes stands under #text", () => {
  const found = event((writer) => {
    writer.put(0x0f, 1, 1, 0).open("Event");
    writer.open("A", { attributes: () => writer.attribute("x", () => writer.text("1")) });
    writer.open("B").text("b").put(0x04).text("mixed ").text("é").put(0x04);
    writer.open("C").text("c").open("D").put(0x04).put(0x04).put(0x04).put(0x00);
  });
  assert.deepEqual(found, {
    Event: { A: { "#attributes": { x: "1" }, "#text": "mixed é", B: "b" }, C: { "#text": "c", D: null } },
  });
});

test("a value may itself be Binary XML, with and without a template of its own", () => {
  for (const templated of [true, false]) {
    const inner = new LogWriter();
    const found = event((outer) => {
      outer.template(() => {
        outer.open("Event").open("UserData").substitution(0, 0x21).put(0x04, 0x04);
      }, []);
      // The value table that `template` wrote is replaced by one that holds the inner fragment.
      outer.at -= 4;
      const start = outer.at + 8;
      inner.at = start;
      if (templated) {
        inner.template(() => void inner.open("Deep").substitution(0, 0x08).put(0x04), [{ type: 8, bytes: u32(5) }]);
      } else inner.put(0x0f, 1, 1, 0).open("Deep", { bare: true }).text("5").put(0x04, 0x00);
      outer.values([{ type: 0x21, bytes: inner.bytes.subarray(start, inner.at) }]);
    });
    assert.deepEqual(found, { Event: { UserData: { Deep: templated ? 5 : "5" } } });
  }
});

test("a forwarded record has no template and no dependency numbers", () => {
  const found = event((writer) => {
    writer.put(0x0f, 1, 1, 0);
    writer.open("Event", { bare: true, attributes: () => writer.attribute("xmlns", () => writer.text("urn:e")) });
    writer.open("System", { bare: true }).open("EventID", { bare: true }).text("1").put(0x04, 0x04, 0x04, 0x00);
  });
  assert.deepEqual(found, { Event: { System: { EventID: "1" } } });
});

test("a template defined by an earlier or by a later record is found", () => {
  const writer = new LogWriter();
  let definition = 0;
  const define = (value: number): void => {
    const body = (): void => void writer.open("Event").substitution(0, 0x08).put(0x04);
    definition = writer.template(body, [{ type: 8, bytes: u32(value) }]);
  };
  const later = writer.record(1n, () => void writer.use(0, [{ type: 8, bytes: u32(1) }]));
  writer.record(2n, () => define(2));
  writer.record(3n, () => void writer.use(definition, [{ type: 8, bytes: u32(3) }]));
  // The first record names the definition that the second one holds.
  writer.bytes.writeUInt32LE(definition, later + 24 + 4 + 6);
  assert.deepEqual(read(writer.file()), { events: [{ Event: 1 }, { Event: 2 }, { Event: 3 }], problems: [] });
});

test("names that JSON could take for something else are names", () => {
  const found = event((writer) => {
    writer.put(0x0f, 1, 1, 0).open("Event");
    data(writer, "1", "__proto__");
    data(writer, "2", 'a"\\');
    data(writer, "3", "#text");
    writer.put(0x04).put(0x00);
  });
  assert.equal(JSON.stringify(found), '{"Event":{"__proto__":"1","a\\"\\\\":"2","#text":"3"}}');
});

test("what the tokens say cannot be is damage, and the message says what", () => {
  const cases: [RegExp, (writer: LogWriter) => void][] = [
    [/unknown token 0x3f/, (writer) => void writer.put(0x0f, 1, 1, 0, 0x3f)],
    [/unknown token 0x10/, (writer) => void writer.put(0x0f, 1, 1, 0).open("Event").put(0x10)],
    [/ends inside of an element|unknown token 0x0/, (writer) => void writer.put(0x0f, 1, 1, 0).open("Event").text("x")],
    [/token 0x5 inside a start tag/, (writer) => void writer.put(0x01, u16(0), u32(0)).name("E").put(0x05)],
    [/reads past the end of the chunk/, (writer) => void writer.put(0x0c, 1, u32(1), u32(70_000), u32(0))],
    [/lists more values than fit/, (writer) => void writer.template(() => {}, [])],
    [/has a name of 2000 characters/, (writer) => void writer.put(0x01, u16(0), u32(0)).name("x".repeat(2000))],
    [/has a literal of type 0x21/, (writer) => void writer.put(0x0f, 1, 1, 0).open("Event").put(0x05, 0x21)],
  ];
  for (const [message, body] of cases) {
    const writer = new LogWriter();
    const at = writer.record(5n, () => {
      body(writer);
      if (message.source.includes("lists more")) writer.bytes.writeUInt32LE(50_000, writer.at - 4);
    });
    const { events, problems } = read(writer.file());
    assert.deepEqual(events, [], message.source);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", message);
    assert.deepEqual([problems[0]?.offset, problems[0]?.recordId], [4096 + at, 5n]);
  }
});

test("templates and values that repeat each other are stopped", () => {
  const self = new LogWriter();
  self.record(1n, () => {
    const definition = self.template(() => {
      self.open("Event").substitution(0, 0x21).substitution(0, 0x21).put(0x04);
    }, []);
    self.at -= 4;
    // The value is an instance of the template that it is a value of.
    self.values([{ type: 0x21, bytes: Buffer.concat([hex("0c01"), u32(0x51a7), u32(definition), u32(0)]) }]);
  });
  assert.equal(read(self.file()).events.length, 1);

  const wide = new LogWriter();
  wide.record(1n, () => {
    wide.template(() => {
      wide.open("Event");
      for (let i = 0; i < 3000; i++) wide.substitution(0, 0x21);
      wide.put(0x04);
    }, []);
    wide.at -= 4;
    const inner = new LogWriter();
    inner.at = wide.at + 8;
    const start = inner.at;
    for (let i = 0; i < 500; i++) inner.open("E", { bare: true }).put(0x04);
    wide.values([{ type: 0x21, bytes: inner.bytes.subarray(start, inner.at) }]);
  });
  const { events, problems } = read(wide.file());
  assert.deepEqual(events, []);
  assert.match(problems[0]?.message ?? "", /expands to more parts than any real record has/);

  const long = new LogWriter();
  long.record(1n, () => {
    long.template(() => {
      long.open("Event");
      for (let i = 0; i < 2000; i++) long.open("E").substitution(0, 1).put(0x04);
      long.put(0x04);
    }, [{ type: 1, bytes: utf16("\u0001".repeat(3000)) }]);
  });
  assert.match(read(long.file()).problems[0]?.message ?? "", /expands to more than 4 MiB/);

  const deep = new LogWriter();
  deep.record(1n, () => {
    deep.put(0x0f, 1, 1, 0);
    for (let i = 0; i < 500; i++) deep.open("E");
  });
  assert.match(read(deep.file()).problems[0]?.message ?? "", /nested too deeply/);
});
