//! Records of TLS 1.3, sealed and opened in place by an AEAD cipher.

use alloc::boxed::Box;
use core::marker::PhantomData;

use k8s_in_cluster_aead::{Cipher, TAG_LEN};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter,
    Nonce, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm,
    UnsupportedOperationError, make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

/// Records by the cipher `A`.
pub(super) struct RecordsBy<A>(PhantomData<A>);

impl<A> RecordsBy<A> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<A: Cipher> Tls13AeadAlgorithm for RecordsBy<A> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Direction::<A>::new(&key, iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Direction::<A>::new(&key, iv))
    }

    fn key_len(&self) -> usize {
        A::KEY_LEN
    }

    /// Refused: the keys of a connection stay in it.
    fn extract_keys(
        &self,
        _key: AeadKey,
        _iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// One direction of a connection, until its keys change.
struct Direction<A> {
    /// `None` for a key of a wrong length, by which every record fails. rustls
    /// asks for the length first, and so never gives one.
    cipher: Option<A>,
    iv: Iv,
}

impl<A: Cipher> Direction<A> {
    fn new(key: &AeadKey, iv: Iv) -> Self {
        Self { cipher: A::new(key.as_ref()), iv }
    }
}

impl<A: Cipher> MessageEncrypter for Direction<A> {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let cipher = self.cipher.as_ref().ok_or(Error::EncryptError)?;
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&[message.typ.into()]);
        let nonce = Nonce::new(&self.iv, sequence);
        let tag = cipher
            .seal(&nonce.0, &make_tls13_aad(length), payload.as_mut())
            .ok_or(Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        // What is encrypted looks like application data of TLS 1.2 (RFC 8446, 5.2).
        Ok(OutboundOpaqueMessage::new(
            ContentType::ApplicationData,
            ProtocolVersion::TLSv1_2,
            payload,
        ))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        // With the byte of the content's type.
        payload_len + 1 + TAG_LEN
    }
}

impl<A: Cipher> MessageDecrypter for Direction<A> {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let cipher = self.cipher.as_ref().ok_or(Error::DecryptError)?;
        let nonce = Nonce::new(&self.iv, sequence);
        let aad = make_tls13_aad(message.payload.len());
        let plain = cipher.open(&nonce.0, &aad, &mut message.payload).ok_or(Error::DecryptError)?;
        message.payload.truncate(plain);
        message.into_tls13_unpadded_message()
    }
}
