/** platforms: the day of the cloud account and of the Kubernetes cluster: pipelines, operators, people looking. */
import { cloudCall } from "../cloudtrail.ts";
import { clusterCall } from "../kubernetes-audit.ts";
import type { Some } from "../random.ts";
import type { Emission } from "../world.ts";
import { workOf, type Activity, type Scene } from "./activity.ts";

export const cloudTrail = (scene: Scene, records: number): Emission[] => workOf(scene, CLOUD_WORK, records);
export const kubernetesAudit = (scene: Scene, records: number): Emission[] => workOf(scene, CLUSTER_WORK, records);

const CLOUD_WORK: Some<Activity> = [
  { weight: 8, curve: "even", run: collectors },
  { weight: 4, curve: "shop", run: applicationRole },
  { weight: 1, curve: "office", run: pipeline },
  { weight: 0.6, curve: "office", run: console },
];

const CLUSTER_WORK: Some<Activity> = [
  { weight: 8, curve: "even", run: controllers },
  { weight: 3, curve: "even", run: kubelets },
  { weight: 1, curve: "office", run: release },
  { weight: 0.5, curve: "office", run: looking },
];

const CLI = "aws-cli/2.31.0 md/awscrt#0.27.6 exec-env/CodeBuild";

function collectors({ random }: Scene, at_ms: number): Emission[] {
  const [service, event] = random.pick([
    ["ec2", "DescribeInstances"],
    ["monitoring", "GetMetricData"],
    ["elasticloadbalancing", "DescribeTargetHealth"],
    ["rds", "DescribeDBInstances"],
  ] as const);
  return [
    cloudCall(random, {
      at_ms,
      service,
      event,
      identity: "AssumedRole",
      user: "metrics-reader",
      from: "10.20.2.30",
      agent: "metrics-collector/4.2",
      parameters: null,
    }),
  ];
}

function applicationRole({ random }: Scene, at_ms: number): Emission[] {
  const [service, event] = random.pick([
    ["sts", "AssumeRole"],
    ["kms", "Decrypt"],
    ["secretsmanager", "GetSecretValue"],
  ] as const);
  return [
    cloudCall(random, {
      at_ms,
      service,
      event,
      identity: "AssumedRole",
      user: "shop-app",
      from: "10.20.2.21",
      agent: "aws-sdk-go-v2/1.39",
      parameters: { keyId: "alias/shop" },
    }),
  ];
}

function pipeline({ random }: Scene, at_ms: number): Emission[] {
  const call = (after: number, [service, event]: [string, string], parameters: Record<string, unknown>): Emission =>
    cloudCall(random, {
      at_ms: at_ms + after,
      service,
      event,
      identity: "IAMUser",
      user: "deploy",
      from: "10.20.2.30",
      agent: CLI,
      parameters,
    });
  return [
    call(0, ["ecr", "GetAuthorizationToken"], {}),
    call(900, ["ecr", "PutImage"], { repositoryName: "shop", imageTag: `r${random.int(100, 999)}` }),
    call(4000, ["s3", "PutObject"], { bucketName: "fernhill-shop-assets", key: `r${random.int(100, 999)}/app.js` }),
  ];
}

function console({ random }: Scene, at_ms: number): Emission[] {
  const user = random.pick(["v.petrov", "c.moreau"]);
  const call = (
    after: number,
    [service, event]: [string, string],
    parameters: Record<string, unknown> | null = null,
  ): Emission =>
    cloudCall(random, {
      at_ms: at_ms + after,
      service,
      event,
      identity: "IAMUser",
      user,
      from: "192.0.2.10",
      agent: "Mozilla/5.0",
      parameters,
    });
  return [
    call(0, ["ec2", "DescribeInstances"]),
    call(3000, ["ec2", "DescribeSecurityGroups"]),
    call(9000, ["s3", "ListBuckets"]),
    call(15_000, ["iam", "ListUsers"]),
  ];
}

function controllers({ random }: Scene, at_ms: number): Emission[] {
  const [user, verb, resource] = random.pick([
    ["system:kube-controller-manager", "update", "endpoints"],
    ["system:kube-scheduler", "get", "nodes"],
    ["system:serviceaccount:kube-system:deployment-controller", "update", "replicasets"],
    ["system:serviceaccount:monitoring:metrics", "list", "pods"],
    ["system:apiserver", "get", "services"],
  ] as const);
  return [
    clusterCall(random, {
      at_ms,
      verb,
      user,
      groups: ["system:serviceaccounts", "system:authenticated"],
      from: "10.20.2.20",
      agent: "kube-controller-manager/v1.34.1",
      resource,
      namespace: "shop",
    }),
  ];
}

function kubelets({ random }: Scene, at_ms: number): Emission[] {
  const node = random.pick([
    ["k8s-node-01", "10.20.2.21"],
    ["k8s-node-02", "10.20.2.22"],
  ] as const);
  return [
    clusterCall(random, {
      at_ms,
      verb: "patch",
      user: `system:node:${node[0]}`,
      groups: ["system:nodes", "system:authenticated"],
      from: node[1],
      agent: "kubelet/v1.34.1",
      resource: "nodes",
      subresource: "status",
      name: node[0],
    }),
  ];
}

function release({ random }: Scene, at_ms: number): Emission[] {
  const call = (after: number, verb: string, target: { resource: string; name: string; apiGroup?: string }): Emission =>
    clusterCall(random, {
      at_ms: at_ms + after,
      verb,
      user: "system:serviceaccount:ci:deploy",
      from: "10.20.2.30",
      agent: "helm/3.19",
      namespace: "shop",
      ...target,
    });
  return [
    call(0, "get", { resource: "deployments", name: "shop", apiGroup: "apps" }),
    call(400, "patch", { resource: "deployments", name: "shop", apiGroup: "apps" }),
    call(900, "patch", { resource: "configmaps", name: "shop-settings" }),
  ];
}

function looking({ random }: Scene, at_ms: number): Emission[] {
  const user = random.pick(["v.petrov", "c.moreau"]);
  const call = (
    after: number,
    verb: string,
    target: { resource: string; subresource?: string; name?: string },
  ): Emission =>
    clusterCall(random, {
      at_ms: at_ms + after,
      verb,
      user,
      from: "10.20.9.2",
      agent: "kubectl/v1.34.0",
      namespace: "shop",
      ...target,
    });
  return [
    call(0, "list", { resource: "pods" }),
    call(5000, "get", { resource: "pods", subresource: "log", name: "shop-7c9d8" }),
    call(11_000, "list", { resource: "events" }),
  ];
}
