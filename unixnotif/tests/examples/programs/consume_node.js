// SPDX-FileCopyrightText: The authors of unixnotif
// SPDX-License-Identifier: Apache-2.0

// A subscriber in Node.js, with its standard library alone.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const DIRECTORY = '/run/nova/notifications';
const MAX_LINE = 32 * 1024 * 1024;
let server = null;
let socket = '';

// Listen under a hidden name, then rename: emitters never see the socket
// before it is ready. Never reuse a name.
function subscribe() {
  const random = crypto.randomBytes(8).toString('hex');
  const name = `${process.pid}-${random}.sock`;
  const hidden = path.join(DIRECTORY, `.${name}`);
  socket = path.join(DIRECTORY, name);
  server?.close();
  server = net.createServer(read);
  server.on('error', (error) => console.error(`retrying: ${error.message}`));
  server.listen(hidden, () => {
    try {
      fs.chmodSync(hidden, 0o660);
      fs.renameSync(hidden, socket);
    } catch (error) {
      console.error(`retrying: ${error.message}`);
    }
  });
}

// Only byte 10 ends a line. The module readline also splits at characters
// that a document may contain, such as U+2028.
function read(connection) {
  let parts = [];
  let size = 0;
  connection.on('error', (error) => console.error(error.message));
  connection.on('data', (data) => {
    let start = 0;
    for (let end; (end = data.indexOf(10, start)) >= 0; start = end + 1) {
      parts.push(data.subarray(start, end));
      handle(Buffer.concat(parts).toString());
      parts = [];
      size = 0;
    }
    parts.push(data.subarray(start));
    size += data.length - start;
    if (size > MAX_LINE) {
      connection.destroy(new Error('rejected: a line over 32 MiB'));
    }
  });
}

function handle(line) {
  try {
    const document = JSON.parse(line);
    if (document.lost) {
      console.log('lost', document.lost.count);
    } else {
      console.log(document.event_type, Buffer.byteLength(line), 'bytes');
    }
  } catch (error) {
    console.error(`rejected: ${error.message}`);
  }
}

subscribe();
// If the directory is recreated, subscribe again.
setInterval(() => fs.existsSync(socket) || subscribe(), 1000);
process.on('SIGTERM', () => {
  fs.rmSync(socket, { force: true });
  process.exit(0);
});
