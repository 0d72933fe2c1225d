import type { Action } from '../action.ts';
import { AcceptVpcPeerConnection } from './peers/AcceptVpcPeerConnection.ts';
import { CreateVpcPeerConnection } from './peers/CreateVpcPeerConnection.ts';
import { DeleteVpcPeerConnection } from './peers/DeleteVpcPeerConnection.ts';
import { GetVpcPeerConnectionAttribute } from './peers/GetVpcPeerConnectionAttribute.ts';
import { ListVpcPeerConnections } from './peers/ListVpcPeerConnections.ts';
import { ModifyVpcPeerConnection } from './peers/ModifyVpcPeerConnection.ts';
import { RejectVpcPeerConnection } from './peers/RejectVpcPeerConnection.ts';

export const vpcPeerActions: readonly Action[] = [
  AcceptVpcPeerConnection,
  CreateVpcPeerConnection,
  DeleteVpcPeerConnection,
  GetVpcPeerConnectionAttribute,
  ListVpcPeerConnections,
  ModifyVpcPeerConnection,
  RejectVpcPeerConnection,
];
