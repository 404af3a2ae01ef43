// A web API as a drive: each user is a folder with the record, the posts, and a page fetched when it is opened.
//   anymount serve tree web-api.js
//   API=https://... chooses another API of the same shape
import { dir, file, json } from "anymount";

interface User {
  readonly id: number;
  readonly name: string;
}

interface Post {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

const api = process.env["API"] ?? "https://jsonplaceholder.typicode.com";

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${api}${path}`);
  if (!response.ok) throw new Error(`${path}: the API has answered ${response.status}`);
  return (await response.json()) as T; // the API says what comes
}

function userFolder(user: User) {
  return dir({
    "record.json": json(user),
    "as the API has it.json": file(new URL(`${api}/users/${user.id}`)),
    posts: dir(
      async () =>
        (await get<Post[]>(`/posts?userId=${user.id}`)).map(({ title, body }) => [
          `${title}.txt`, // whatever characters a title has: the name is made to fit
          `${title}\n\n${body}\n`,
        ]),
      { cacheMs: 60_000 },
    ),
  });
}

export default dir(
  async () => (await get<User[]>("/users")).map((user) => [user.name, userFolder(user)]),
  { cacheMs: 60_000, volume: { label: "Web API" } },
);
