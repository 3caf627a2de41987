// Sends `count` personal mails through nodemailer's pool, as its documentation says, and tells what it took.
// Argument: JSON {modules, port, count, connections, texts: {locale: {subject, text, html}}, mark}
"use strict";
const given = JSON.parse(process.argv[2]);
const nodemailer = require(`${given.modules}/nodemailer`);

const transporter = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: given.port,
  secure: false,
  ignoreTLS: true,
  maxConnections: given.connections,
  maxMessages: Infinity,
});

let next = 0;
let done = 0;

function mail(no) {
  const chinese = no % 2 === 1;
  const name = chinese ? `李小龙${no}` : `Li Xiaolong ${no}`;
  const text = given.texts[chinese ? "zh-Hans" : "en"];
  return {
    from: "notice@wallet.example",
    to: `li${no}@example.com`,
    subject: text.subject,
    text: text.text.replace(given.mark, name),
    html: text.html.replace(given.mark, name),
    inReplyTo: "INC-2026-001@wallet.example",
    references: "INC-2026-001@wallet.example",
    headers: {
      "Auto-Submitted": "auto-generated",
      "List-Unsubscribe": `<https://wallet.example/u/b1.${no}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      "Content-Language": chinese ? "zh-Hans" : "en",
    },
  };
}

const began = process.hrtime.bigint();
const cpu = process.cpuUsage();

function settled(error) {
  if (error) {
    console.error(error);
    process.exit(1);
  }
  if (++done === given.count) {
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const used = process.cpuUsage(cpu);
    console.log(JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6, accepted: done }));
    transporter.close();
  }
}

function feed() {
  while (transporter.isIdle() && next < given.count) transporter.sendMail(mail(next++), settled);
}

transporter.on("idle", feed);
feed();
