package sdk

import (
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

func (s *server) ListProducts(ctx context.Context, in *pb.ListProductsRequest) (*pb.ListProductsResponse, error) {
	out := &pb.ListProductsResponse{}
	out.Outcome = s.run("ListProducts", in.GetCall(), func(call Call) error {
		products, err := s.connector.BankPortal.ListProducts(ctx, call)
		out.List = productsTo(products)
		return err
	})
	return out, nil
}

func (s *server) PreCheck(ctx context.Context, in *pb.PreCheckRequest) (*pb.PreCheckResponse, error) {
	out := &pb.PreCheckResponse{}
	out.Outcome = s.run("PreCheck", in.GetCall(), func(call Call) error {
		check, err := s.connector.BankPortal.PreCheck(ctx, call, applicationOf(in.GetApplication()))
		out.Check = preCheckTo(check)
		return err
	})
	return out, nil
}

func (s *server) SubmitApplication(ctx context.Context, in *pb.SubmitApplicationRequest) (*pb.SubmitApplicationResponse, error) {
	out := &pb.SubmitApplicationResponse{}
	out.Outcome = s.run("SubmitApplication", in.GetCall(), func(call Call) error {
		receipt, err := s.connector.BankPortal.SubmitApplication(ctx, call, applicationOf(in.GetApplication()))
		out.Receipt = receiptTo(receipt)
		return err
	})
	return out, nil
}

func (s *server) GetStatus(ctx context.Context, in *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	out := &pb.GetStatusResponse{}
	out.Outcome = s.run("GetStatus", in.GetCall(), func(call Call) error {
		news, err := s.connector.BankPortal.GetStatus(ctx, call, in.GetQuestion().GetReference())
		out.News = newsTo(news)
		return err
	})
	return out, nil
}

func (s *server) ListMessages(ctx context.Context, in *pb.ListMessagesRequest) (*pb.ListMessagesResponse, error) {
	out := &pb.ListMessagesResponse{}
	out.Outcome = s.run("ListMessages", in.GetCall(), func(call Call) error {
		messages, err := s.connector.BankPortal.ListMessages(ctx, call, in.GetQuestion().GetReference())
		out.Conversation = conversationTo(messages)
		return err
	})
	return out, nil
}

func (s *server) WithdrawApplication(ctx context.Context, in *pb.WithdrawApplicationRequest) (*pb.WithdrawApplicationResponse, error) {
	return &pb.WithdrawApplicationResponse{Outcome: s.run("WithdrawApplication", in.GetCall(), func(call Call) error {
		return s.connector.BankPortal.WithdrawApplication(ctx, call, withdrawalOf(in.GetWithdrawal()))
	})}, nil
}

var errNoHeader = status.Error(codes.InvalidArgument, "the first message is the header")

func (s *server) AnswerRequest(stream grpc.ClientStreamingServer[pb.AnswerRequestRequest, pb.AnswerRequestResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	if header == nil {
		return errNoHeader
	}
	return stream.SendAndClose(&pb.AnswerRequestResponse{Outcome: s.run("AnswerRequest", header.GetCall(), func(call Call) error {
		return s.connector.BankPortal.AnswerRequest(stream.Context(), call, answerOf(header.GetAnswer()), &content{next: chunks[pb.AnswerHeader](stream.Recv)})
	})})
}

func (s *server) AddDocument(stream grpc.ClientStreamingServer[pb.AddDocumentRequest, pb.AddDocumentResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	if header == nil {
		return errNoHeader
	}
	return stream.SendAndClose(&pb.AddDocumentResponse{Outcome: s.run("AddDocument", header.GetCall(), func(call Call) error {
		return s.connector.BankPortal.AddDocument(stream.Context(), call, newDocumentOf(header.GetDocument()), &content{next: chunks[pb.NewDocumentHeader](stream.Recv)})
	})})
}

// part is a message of a stream of content, header or chunk.
type part[H any] interface {
	GetHeader() *H
	GetChunk() []byte
}

// chunks is the rest of a stream. Its io.EOF means the platform has sent all there is.
func chunks[H any, M part[H]](recv func() (M, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		message, err := recv()
		switch {
		case err == io.EOF:
			return nil, io.EOF
		case err != nil:
			return nil, fmt.Errorf("reading the content: %w", io.ErrUnexpectedEOF)
		case message.GetHeader() != nil:
			return nil, fmt.Errorf("a second header instead of a chunk: %w", io.ErrUnexpectedEOF)
		}
		return message.GetChunk(), nil
	}
}

// content reads chunks.
type content struct {
	next func() ([]byte, error)
	rest []byte
	err  error
}

func (c *content) Read(p []byte) (int, error) {
	for len(c.rest) == 0 && c.err == nil {
		c.rest, c.err = c.next()
	}
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
