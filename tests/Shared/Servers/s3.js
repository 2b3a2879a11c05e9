'use strict';
// An S3 server for tests: s3rver, which has the protocol, with what it lacks of S3's promises. An object appears as a whole or not at all,
// listings are in the order of keys, an upload in parts can be aborted, and with 'conditional' a PUT with If-None-Match: * is refused where
// there is an object. Errors are XML whatever they name, and keys are encoded for whoever asks for that. Nothing is awaited between looking
// and changing, and nothing else runs in between.
//   node --openssl-legacy-provider s3.js MODULES FOLDER PORT [conditional]
// Ends, and removes FOLDER, when standard input does.
const [modules, directory, port, conditional] = process.argv.slice(2);
const load = name => require(`${modules}/s3rver/${name}`);
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { Transform } = require('stream');
const { pipeline } = require('stream/promises');
const S3rver = load('lib/s3rver');
const FilesystemStore = load('lib/stores/filesystem');
const S3Error = load('lib/models/error');
const S3Object = load('lib/models/object');
const { walk } = load('lib/utils');

const { escape } = require(`${modules}/he`);

const incoming = `${directory}/incoming`;
// What is known of each file besides its bytes; the data lives no longer than this process.
const known = new Map();
let uploads = 0;

class Store extends FilesystemStore {
  async putObject(object) {
    const md5 = crypto.createHash('md5');
    let size = 0;
    const count = new Transform({
      transform(chunk, _, done) {
        md5.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    const temporary = `${incoming}/${uploads++}`;
    try {
      await pipeline(object.content, count, fs.createWriteStream(temporary));
      const target = this.getResourcePath(object.bucket, object.key, 'object');
      if (object.content.ifNone && fs.existsSync(target)) {
        throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
      }
      const digest = md5.digest('hex');
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.renameSync(temporary, target);
      known.set(target, { 'content-type': object.metadata['content-type'], etag: JSON.stringify(digest) });
      return { size, md5: digest };
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }

  async getMetadata(bucket, key) {
    const target = this.getResourcePath(bucket, key, 'object');
    const stat = fs.statSync(target);
    return {
      ...known.get(target),
      'last-modified': stat.mtime.toUTCString(),
      'content-length': stat.size,
    };
  }

  async getObject(bucket, key, { start, end = Infinity } = {}) {
    const target = this.getResourcePath(bucket, key, 'object');
    if (!fs.existsSync(target)) return null;
    const found = this.getMetadata(bucket, key);
    const range = start === undefined ? undefined : { start, end: Math.min(end, fs.statSync(target).size - 1) };
    const content = range && range.end < range.start ? null : fs.createReadStream(null, { fd: fs.openSync(target), ...range });
    return Object.assign(new S3Object(bucket, key, content, await found), { range });
  }

  async deleteObject(bucket, key) {
    const target = this.getResourcePath(bucket, key, 'object');
    fs.rmSync(target, { force: true });
    known.delete(target);
    for (let folder = path.dirname(target); folder !== this.getBucketPath(bucket) && fs.existsSync(folder) && !fs.readdirSync(folder).length; folder = path.dirname(folder)) {
      fs.rmdirSync(folder);
    }
  }

  async listObjects(bucket, { delimiter = '', startAfter = '', prefix = '', maxKeys = Infinity }) {
    const root = this.getBucketPath(bucket);
    const from = path.join(root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const keys = (fs.existsSync(from) ? [...walk(from)] : [])
      .filter(file => file.endsWith('._S3rver_object'))
      .map(file => file.slice(root.length + 1, -'._S3rver_object'.length))
      .filter(key => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const commonPrefixes = new Set();
    const found = [];
    let isTruncated = false;
    for (const key of keys) {
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      if (end >= 0) {
        commonPrefixes.add(key.slice(0, end + delimiter.length));
      } else if (found.length === maxKeys) {
        isTruncated = true;
        break;
      } else {
        found.push(key);
      }
    }
    const objects = await Promise.all(found.map(async key => new S3Object(bucket, key, null, await this.getMetadata(bucket, key))));
    return { objects, commonPrefixes: [...commonPrefixes], isTruncated };
  }

  async putObjectMultipart(bucket, uploadId, parts) {
    if (!fs.existsSync(path.join(this.getResourcePath(bucket, undefined, 'uploads'), uploadId))) {
      throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
    }
    return super.putObjectMultipart(bucket, uploadId, parts);
  }
}

// With HTML's names for letters, which XML does not know, no client could read it.
S3Error.prototype.toXML = function () {
  const fields = Object.entries({ Code: this.code, Message: this.message, ...this.detail });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${fields.map(([name, value]) => `<${name}>${escape(`${value}`)}</${name}>`).join('')}</Error>`;
};

// As forms are encoded, but for slashes.
const encoded = text => encodeURIComponent(text).replace(/%20/g, '+').replace(/%2F/g, '/');

async function main() {
  fs.mkdirSync(incoming, { recursive: true });
  const server = new S3rver({ address: '127.0.0.1', port, silent: true, directory: `${directory}/buckets`, vhostBuckets: false, configureBuckets: [{ name: 'test' }] });
  server.silent = true;
  server.store = server.context.store = new Store(`${directory}/buckets`);
  server.middleware.unshift(async (ctx, next) => {
    ctx.req.ifNone = conditional && ctx.get('if-none-match') === '*';
    if (ctx.method === 'DELETE' && ctx.query.uploadId) {
      const [, bucket] = ctx.path.split('/');
      fs.rmSync(path.join(server.store.getResourcePath(bucket, undefined, 'uploads'), ctx.query.uploadId), { recursive: true, force: true });
      ctx.status = 204;
    } else {
      await next();
    }
  });
  // Between the answer and its XML, which has no place for control characters.
  server.middleware.splice(3, 0, async (ctx, next) => {
    await next();
    const list = ctx.query['encoding-type'] === 'url' && ctx.body && ctx.body.ListBucketResult;
    if (list) {
      list.EncodingType = 'url';
      list.Prefix = encoded(list.Prefix || '');
      for (const object of list.Contents || []) object.Key = encoded(object.Key);
      for (const common of list.CommonPrefixes || []) common.Prefix = encoded(common.Prefix);
    }
  });
  await server.run();
  console.log('ready');
}

// A client that cuts its connection is no reason to end.
process.on('uncaughtException', error => console.error(error));
process.on('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
process.stdin.on('end', () => process.exit()).resume();
main();
